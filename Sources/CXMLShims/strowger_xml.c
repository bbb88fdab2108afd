#define _GNU_SOURCE
#include "strowger_xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const schema_instance = "http://www.w3.org/2001/XMLSchema-instance";

static xmlParserInputPtr nothing(const char *url, const char *identifier, xmlParserCtxtPtr context) {
  (void)url;
  (void)identifier;
  (void)context;
  return NULL;
}

void strowger_xml_start(void) {
  xmlInitParser();
  xmlSetExternalEntityLoader(nothing);
}

// Long enough for any sensible name or message; a hostile one is cut.
static char *copy(const char *from) { return from == NULL ? NULL : strndup(from, 1024); }

static strowger_xml_finding *add(strowger_xml_reading *reading, int kind) {
  if (reading->count >= reading->maximum_findings) return NULL;
  if (reading->count == reading->capacity) {
    int capacity = reading->capacity == 0 ? 8 : reading->capacity * 2;
    strowger_xml_finding *grown = realloc(reading->findings, (size_t)capacity * sizeof *grown);
    if (grown == NULL) return NULL;
    reading->findings = grown;
    reading->capacity = capacity;
  }
  strowger_xml_finding *finding = &reading->findings[reading->count++];
  memset(finding, 0, sizeof *finding);
  finding->kind = kind;
  finding->offset = -1;
  return finding;
}

void strowger_xml_free_findings(strowger_xml_reading *reading) {
  for (int index = 0; index < reading->count; index++) {
    free(reading->findings[index].attribute);
    free(reading->findings[index].element);
    free(reading->findings[index].value);
    free(reading->findings[index].message);
  }
  free(reading->findings);
  reading->findings = NULL;
  reading->count = reading->capacity = 0;
}

// The parser stands at the end of a start tag; no attribute value may hold a raw '<', so the last one begins the tag.
static long tag_offset(xmlParserCtxtPtr context, const strowger_xml_reading *reading) {
  if (context->input == NULL) return -1;
  long offset = (long)(context->input->consumed + (unsigned long)(context->input->cur - context->input->base));
  if (offset > (long)reading->length) offset = (long)reading->length;
  while (--offset >= 0)
    if (reading->bytes[offset] == '<') return offset;
  return -1;
}

static void stop(xmlParserCtxtPtr context, strowger_xml_reading *reading, int kind, long offset) {
  strowger_xml_finding *finding = add(reading, kind);
  if (finding != NULL) {
    finding->offset = offset;
    if (context->input != NULL) {
      finding->line = context->input->line;
      finding->column = context->input->col;
    }
  }
  reading->stopped = 1;
  xmlStopParser(context);
}

static void start_element(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces_count,
                          const xmlChar **namespaces, int attributes_count, int defaulted, const xmlChar **attributes) {
  xmlParserCtxtPtr context = data;
  strowger_xml_reading *reading = context->_private;
  if (reading->stopped) return;
  long offset = tag_offset(context, reading);
  if (++reading->elements > reading->maximum_elements) return stop(context, reading, STROWGER_XML_ELEMENTS, offset);
  if (context->nodeNr >= reading->maximum_depth) return stop(context, reading, STROWGER_XML_DEPTH, offset);
  if (attributes_count > reading->maximum_attributes || namespaces_count > reading->maximum_attributes)
    return stop(context, reading, STROWGER_XML_ATTRIBUTES, offset);

  // Five pointers an attribute: name, prefix, namespace, begin and end of the value. xsi:… is for editors: it may make
  // libxml2 look for another schema, so it does not get that far. The parser frees its own array: ours is a copy.
  const xmlChar *kept[5 * 64];
  int kept_count = 0;
  for (int index = 0; index < attributes_count && kept_count < 64; index++) {
    const xmlChar **attribute = attributes + 5 * index;
    if (attribute[2] != NULL && strcmp((const char *)attribute[2], schema_instance) == 0) continue;
    const xmlChar **copied = kept + 5 * kept_count++;
    memcpy(copied, attribute, 5 * sizeof *copied);
    if (attribute[4] - attribute[3] <= reading->maximum_value) continue;
    strowger_xml_finding *finding = add(reading, STROWGER_XML_VALUE);
    if (finding != NULL) {
      finding->offset = offset;
      finding->attribute = copy((const char *)attribute[0]);
    }
    copied[4] = attribute[3] + reading->maximum_value;
    while (copied[4] > copied[3] && (*copied[4] & 0xC0) == 0x80) copied[4]--;
  }
  xmlSAX2StartElementNs(context, name, prefix, uri, namespaces_count, namespaces, kept_count, defaulted, kept);
  if (context->node != NULL) context->node->_private = (void *)(intptr_t)(offset + 1);
}

// No element of ours holds text: white space says nothing, anything else is reported and not kept.
static void text(void *data, const xmlChar *characters, int length) {
  xmlParserCtxtPtr context = data;
  strowger_xml_reading *reading = context->_private;
  if (reading->stopped) return;
  int index = 0;
  while (index < length && strchr(" \t\r\n", characters[index]) != NULL && characters[index] != 0) index++;
  if (index == length || context->node == NULL) return;
  long offset = strowger_xml_offset(context->node);
  if (reading->count > 0 && reading->findings[reading->count - 1].kind == STROWGER_XML_TEXT &&
      reading->findings[reading->count - 1].offset == offset)
    return;  // long text comes in pieces
  strowger_xml_finding *finding = add(reading, STROWGER_XML_TEXT);
  if (finding == NULL) return;
  finding->offset = offset;
  finding->element = copy((const char *)context->node->name);
}

static void document_type(void *data, const xmlChar *name, const xmlChar *external, const xmlChar *system) {
  (void)name;
  (void)external;
  (void)system;
  xmlParserCtxtPtr context = data;
  strowger_xml_reading *reading = context->_private;
  if (!reading->stopped) stop(context, reading, STROWGER_XML_DOCUMENT_TYPE, -1);
}

static void parser_error(void *data, xmlErrorPtr error) {
  xmlParserCtxtPtr context = data;
  strowger_xml_reading *reading = context == NULL ? NULL : context->_private;
  if (reading == NULL || reading->stopped || error == NULL || error->level < XML_ERR_ERROR) return;
  strowger_xml_finding *finding = add(reading, STROWGER_XML_PARSER);
  if (finding == NULL) return;
  finding->code = error->code;
  finding->line = error->line;
  finding->column = error->int2;
  finding->message = copy(error->message);
}

xmlDocPtr strowger_xml_parse(strowger_xml_reading *reading) {
  if (reading->length > INT32_MAX || reading->maximum_attributes > 64) return NULL;
  xmlParserCtxtPtr context = xmlNewParserCtxt();
  if (context == NULL) return NULL;
  context->_private = reading;
  // NOERROR takes the plain error handlers away; the structured one stays.
  context->sax->serror = parser_error;
  context->sax->startElementNs = start_element;
  context->sax->characters = text;
  context->sax->ignorableWhitespace = text;
  context->sax->cdataBlock = text;
  context->sax->comment = NULL;
  context->sax->processingInstruction = NULL;
  context->sax->internalSubset = document_type;
  context->sax->externalSubset = document_type;
  int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;
  xmlDocPtr document = xmlCtxtReadMemory(context, reading->bytes, (int)reading->length, NULL, "UTF-8", options);
  int refused = document != NULL && (reading->stopped || !context->wellFormed || xmlGetIntSubset(document) != NULL);
  if (refused) {
    if (reading->count == 0) add(reading, STROWGER_XML_DOCUMENT_TYPE);
    xmlFreeDoc(document);
    document = NULL;
  } else if (document == NULL && context->myDoc != NULL) {
    xmlFreeDoc(context->myDoc);
    context->myDoc = NULL;
  }
  xmlFreeParserCtxt(context);
  return document;
}

static void ignore(void *data, xmlErrorPtr error) {
  (void)data;
  (void)error;
}

xmlSchemaPtr strowger_xml_schema(const char *bytes, size_t length) {
  xmlSchemaParserCtxtPtr context = xmlSchemaNewMemParserCtxt(bytes, (int)length);
  if (context == NULL) return NULL;
  xmlSchemaSetParserStructuredErrors(context, ignore, NULL);
  xmlSchemaPtr schema = xmlSchemaParse(context);
  xmlSchemaFreeParserCtxt(context);
  return schema;
}

static void schema_error(void *data, xmlErrorPtr error) {
  strowger_xml_reading *reading = data;
  if (error == NULL || error->level < XML_ERR_ERROR) return;
  strowger_xml_finding *finding = add(reading, STROWGER_XML_SCHEMA);
  if (finding == NULL) return;
  finding->code = error->code;
  finding->line = error->line;
  finding->message = copy(error->message);
  xmlNodePtr node = error->node;
  if (node != NULL && node->type == XML_ATTRIBUTE_NODE) node = node->parent;
  if (node == NULL || node->type != XML_ELEMENT_NODE) return;
  finding->element = copy((const char *)node->name);
  finding->offset = strowger_xml_offset(node);
  // The attribute is only named in the message, behind the element: "Element '…', attribute 'class': …" or
  // "Element '…': The attribute 'class' is required but missing." Names hold no quotes.
  const char *name = strstr(finding->message == NULL ? "" : finding->message, "attribute '");
  const char *end = name == NULL ? NULL : strchr(name += strlen("attribute '"), '\'');
  if (end == NULL) return;
  finding->attribute = strndup(name, (size_t)(end - name));
  xmlChar *value = finding->attribute == NULL ? NULL : xmlGetNoNsProp(node, (const xmlChar *)finding->attribute);
  finding->value = copy((const char *)value);
  xmlFree(value);
}

int strowger_xml_validate(xmlDocPtr document, xmlSchemaPtr schema, strowger_xml_reading *reading) {
  xmlSchemaValidCtxtPtr context = xmlSchemaNewValidCtxt(schema);
  if (context == NULL) return -1;
  xmlSchemaSetValidStructuredErrors(context, schema_error, reading);
  int result = xmlSchemaValidateDoc(context, document);
  xmlSchemaFreeValidCtxt(context);
  return result;
}

long strowger_xml_offset(const xmlNode *element) {
  return element->type == XML_ELEMENT_NODE ? (long)(intptr_t)element->_private - 1 : -1;
}

long strowger_xml_find(const void *bytes, size_t length, const void *word, size_t word_length) {
  const char *found = memmem(bytes, length, word, word_length);
  return found == NULL ? -1 : (long)(found - (const char *)bytes);
}

void strowger_xml_advance(const void *bytes, size_t length, int *line, int *column) {
  const unsigned char *octet = bytes, *end = octet + length;
  for (; octet < end; octet++) {
    if (*octet == '\n') {
      ++*line;
      *column = 1;
    } else if ((*octet & 0xC0) != 0x80) {
      ++*column;
    }
  }
}
