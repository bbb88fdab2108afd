// libxml2: its tree, parser and XML Schema.
#ifndef STROWGER_CXML_H
#define STROWGER_CXML_H
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
#endif
