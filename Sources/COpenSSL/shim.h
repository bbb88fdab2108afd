// Hashes, keyed hashes and authenticated encryption of the system's libcrypto, through its EVP interface only.
#ifndef STROWGER_COPENSSL_H
#define STROWGER_COPENSSL_H
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#endif
