/* SPDX-License-Identifier: Apache-2.0 */
#include "row_schema.h"
#include "num.h"
#include "schema.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

struct row_schema {
    cJSON *root;
    saker_schema schema;
    saker_field *fields; /* `at` points to the value's item */
};

static const struct {
    const char *name;
    saker_type type;
    uint32_t flags;
} types[] = {
#define SKR_TYPE(id, name, store, group, bits, sign) { name, SAKER_##id, 0 },
#include "types.def"
#undef SKR_TYPE
    { "IPADDR-PAIR", SAKER_IP, SAKER_PAIR },   { "IPNET-PAIR", SAKER_NET, SAKER_PAIR },
    { "PORT-PAIR", SAKER_PORT, SAKER_PAIR },   { "MOCK", SAKER_STR, 0 },
    { "CHARBUF-LIST", SAKER_STR, SAKER_LIST },
};

static void put_addresses(saker_out *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, ",");
        uint8_t ip[16];
        unsigned ip_len;
        if (skr_parse_ip((skr_str){ text, len }, ip, &ip_len))
            saker_put_ip(out, ip, ip_len);
        text += len + (text[len] == ',');
    }
}

static void put_bytes(saker_out *out, const char *text)
{
    if (strncmp(text, "hex:", 4) != 0) {
        saker_put_str(out, text, strlen(text));
        return;
    }
    size_t len = strlen(text + 4) / 2;
    char *bytes = saker_out_alloc(out, len);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(skr_hex_digit(text[4 + 2 * i]) << 4 | skr_hex_digit(text[5 + 2 * i]));
    saker_put_str(out, bytes, len);
}

static void put_number(saker_out *out, saker_type type, const cJSON *value)
{
    switch (skr_type(type)->store) {
    case SAKER_BOOL:
        saker_put_bool(out, cJSON_IsTrue(value));
        break;
    case SAKER_INT:
        saker_put_int(out, (int64_t)cJSON_GetNumberValue(value));
        break;
    case SAKER_FLOAT:
        saker_put_float(out, cJSON_GetNumberValue(value));
        break;
    default:
        saker_put_uint(out, (uint64_t)cJSON_GetNumberValue(value));
    }
}

static void get(saker_out *out, const void *event, const saker_arg *arg)
{
    const cJSON *pair = (const cJSON *)arg->field->at, *value = cJSON_GetArrayItem(pair, 1), *item;
    const char *type = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0)), *text = cJSON_GetStringValue(value);
    (void)event;
    if (strcmp(type, "MOCK") == 0) {
        saker_put_cstr(out, strstr(text, "true") ? "1" : "0"); /* conditions compare with 1 */
    } else if (cJSON_IsArray(value)) {
        saker_put_present(out);
        cJSON_ArrayForEach(item, value) saker_put_cstr(out, cJSON_GetStringValue(item));
    } else if (!text) {
        put_number(out, arg->field->type, value);
    } else if (skr_type(arg->field->type)->group == SKR_G_IP || skr_type(arg->field->type)->group == SKR_G_NET) {
        put_addresses(out, text);
    } else {
        put_bytes(out, text);
    }
}

static bool set_field(saker_field *f, const cJSON *pair)
{
    const char *type = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
    for (size_t i = 0; type && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i].name) == 0) {
            *f = (saker_field){ pair->string, types[i].type, get, NULL, (uintptr_t)pair, types[i].flags, NULL };
            return true;
        }
    return false;
}

row_schema *row_schema_new(const char *json)
{
    row_schema *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->root = cJSON_Parse(json);
    const size_t n = (size_t)cJSON_GetArraySize(s->root);
    s->fields = calloc(n + 1, sizeof *s->fields);
    bool ok = s->root && s->fields;
    for (size_t i = 0; ok && i < n; i++)
        ok = set_field(&s->fields[i], cJSON_GetArrayItem(s->root, (int)i));
    if (!ok) {
        row_schema_free(s);
        return NULL;
    }
    s->schema = (saker_schema){ sizeof s->schema, sizeof *s->fields, "syscall", s->fields, n, NULL, 0 };
    return s;
}

const saker_schema *row_schema_get(const row_schema *s)
{
    return &s->schema;
}

void row_schema_free(row_schema *s)
{
    if (!s)
        return;
    cJSON_Delete(s->root);
    free(s->fields);
    free(s);
}
