// Reading one XML document with libxml2 as hostile input: own limits, no document type, no entity, nothing fetched.
// What stands here needs the parser's callbacks and its input buffer, which Swift cannot reach well; all else is Swift.
#ifndef STROWGER_XML_H
#define STROWGER_XML_H

#include <stddef.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

// What a finding is about.
#define STROWGER_XML_PARSER 1          // not well-formed; `message`, `line` and `column` are libxml2's
#define STROWGER_XML_SCHEMA 2          // against the schema; `code` and `message` are libxml2's
#define STROWGER_XML_DOCUMENT_TYPE 3   // a document type declaration
#define STROWGER_XML_ELEMENTS 4        // more elements than allowed
#define STROWGER_XML_DEPTH 5           // nested deeper than allowed
#define STROWGER_XML_ATTRIBUTES 6      // more attributes in one tag than allowed
#define STROWGER_XML_VALUE 7           // the value of `attribute` is longer than allowed
#define STROWGER_XML_TEXT 8            // text where only elements may stand

typedef struct {
  int kind;
  int code;
  int line;
  int column;
  // Where in the input the start tag begins, or -1.
  long offset;
  // Each is the finding's own, or NULL.
  char *attribute;
  char *element;
  char *value;
  char *message;
} strowger_xml_finding;

typedef struct {
  const char *bytes;
  size_t length;
  int maximum_elements;
  int maximum_depth;
  int maximum_attributes;
  int maximum_value;
  int maximum_findings;

  int elements;
  int stopped;
  int count;
  int capacity;
  strowger_xml_finding *findings;
} strowger_xml_reading;

// Once in a process, before anything else here: sets the parser up and forbids fetching of external entities for good.
void strowger_xml_start(void);

// Parses UTF-8. NULL if the document is not well-formed or breaks a limit: `reading` says why. The caller frees the document.
xmlDocPtr strowger_xml_parse(strowger_xml_reading *reading);

// Compiles a schema from memory; NULL if it is wrong.
xmlSchemaPtr strowger_xml_schema(const char *bytes, size_t length);

// Adds what is wrong with `document` to `reading`; negative if libxml2 itself failed.
int strowger_xml_validate(xmlDocPtr document, xmlSchemaPtr schema, strowger_xml_reading *reading);

// Where the start tag of `element` begins in the input, or -1.
long strowger_xml_offset(const xmlNode *element);

void strowger_xml_free_findings(strowger_xml_reading *reading);

// Where `word` first stands in `bytes`, or -1: sixteen megabytes in milliseconds.
long strowger_xml_find(const void *bytes, size_t length, const void *word, size_t word_length);

// Moves `line` and `column` (in characters of UTF-8) over `bytes`; in C so that debug builds are quick about large plans too.
void strowger_xml_advance(const void *bytes, size_t length, int *line, int *column);

#endif
