// G.722, keypad tones and loss concealment of spandsp.
#ifndef STROWGER_CSPANDSP_H
#define STROWGER_CSPANDSP_H
#include <stdint.h>
#include <stdlib.h>
#include <stdbool.h>
#include <spandsp/telephony.h>
#include <spandsp/fast_convert.h>
#include <spandsp/logging.h>
#include <spandsp/complex.h>
#include <spandsp/vector_float.h>
#include <spandsp/tone_detect.h>
#include <spandsp/tone_generate.h>
#include <spandsp/super_tone_rx.h>
#include <spandsp/dtmf.h>
#include <spandsp/g722.h>
#include <spandsp/plc.h>
#endif
