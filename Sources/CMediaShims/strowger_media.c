#include "strowger_media.h"
