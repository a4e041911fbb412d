/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the configuration's files and options, and what they set up. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_BYTES = 1 << 20, MAX_FILES = 64 };

/* ---- Files ---------------------------------------------------------------- */

/* The whole file, in the tree's memory. NULL after it has said why. */
static const char *read_file(ctree *t, const char *path, size_t *len)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        say("%s: %s", path, strerror(errno));
        return NULL;
    }
    char *text = malloc(CONFIG_BYTES + 1);
    const size_t n = text ? fread(text, 1, CONFIG_BYTES + 1, f) : 0;
    const bool failed = ferror(f) != 0;
    fclose(f);
    const char *copy = NULL;
    if (!text)
        no_memory();
    else if (failed)
        say("%s: it could not be read", path);
    else if (n > CONFIG_BYTES)
        say("%s: more than 1 MiB is no configuration", path);
    else if (!(copy = ctree_text(t, text, n)))
        no_memory();
    free(text);
    *len = n;
    return copy;
}

static int read_yaml(config *c, const char *path, cnode **root)
{
    size_t len = 0;
    const char *text = read_file(&c->tree, path, &len);
    if (!text)
        return CMD_INPUT;
    const int status = ctree_read(&c->tree, path, false, text, len, root);
    if (status != CMD_OK)
        return status;
    if (*root && (*root)->kind != CNODE_MAP && (*root)->kind != CNODE_NULL)
        return config_wrong(*root, path, "a configuration");
    c->files[c->file_count++] = path;
    return CMD_OK;
}

/* How a further file is merged. */
typedef enum strategy { STRATEGY_APPEND, STRATEGY_OVERRIDE, STRATEGY_ADD_ONLY } strategy;

static void merge(cnode *root, const cnode *more, strategy how)
{
    for (cnode *n = more->first, *next; n; n = next) {
        next = n->next;
        n->next = NULL;
        cnode *old = cnode_get(root, n->key);
        if (!old) {
            *(root->last ? &root->last->next : &root->first) = n;
            root->last = n;
        } else if (how == STRATEGY_APPEND && old->kind == CNODE_LIST && n->kind == CNODE_LIST) {
            *(old->last ? &old->last->next : &old->first) = n->first;
            old->last = n->last ? n->last : old->last;
        } else if (how != STRATEGY_ADD_ONLY) {
            n->next = old->next;
            cnode *const after = old->next;
            *old = *n;
            old->next = after;
        }
    }
}

static int merge_file(config *c, const char *path, strategy how)
{
    cnode *root = NULL;
    if (c->file_count == MAX_FILES) {
        say("%s: more than %d files of configuration", path, MAX_FILES);
        return CMD_USAGE;
    }
    const int status = read_yaml(c, path, &root);
    if (status == CMD_OK && root && root->kind == CNODE_MAP)
        merge(c->tree.root, root, how);
    return status;
}

int config_is_yaml(const struct dirent *e)
{
    const size_t len = strlen(e->d_name);
    return (len > 5 && strcmp(e->d_name + len - 5, ".yaml") == 0) ||
           (len > 4 && strcmp(e->d_name + len - 4, ".yml") == 0);
}

static int merge_folder(config *c, const char *path, strategy how)
{
    struct dirent **found = NULL;
    const int n = scandir(path, &found, config_is_yaml, alphasort);
    int status = CMD_OK;
    for (int i = 0; i < n; i++) {
        const size_t len = strlen(path) + strlen(found[i]->d_name) + 2;
        char *name = ctree_alloc(&c->tree, len);
        if (name)
            snprintf(name, len, "%s/%s", path, found[i]->d_name);
        if (status == CMD_OK)
            status = name ? merge_file(c, name, how) : no_memory();
        free(found[i]);
    }
    free(found);
    return status;
}

static bool strategy_named(const char *name, strategy *how)
{
    static const char *const names[] = { "append", "override", "add-only" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *how = (strategy)i;
            return true;
        }
    }
    return false;
}

/* `config_files`: files and folders on top; what is not there is left out. An item is a path, or a mapping. */
static int merge_item(config *c, const cnode *item)
{
    const cnode *path_node = item->kind == CNODE_MAP ? cnode_get(item, "path") : item;
    const cnode *how_node = item->kind == CNODE_MAP ? cnode_get(item, "strategy") : NULL;
    const char *path = path_node ? config_text(c, path_node) : NULL;
    const char *name = how_node ? config_text(c, how_node) : "append";
    strategy how;
    struct stat s;
    if (!path)
        return config_wrong(item, "config_files", "a path");
    if (!name || !strategy_named(name, &how))
        return config_wrong(how_node, "strategy", "one of append, override and add-only");
    if (stat(path, &s) != 0)
        return CMD_OK;
    return S_ISDIR(s.st_mode) ? merge_folder(c, path, how) : merge_file(c, path, how);
}

static int merge_more(config *c)
{
    const cnode *list = cnode_get(c->tree.root, "config_files");
    int status = CMD_OK;
    if (!list || list->kind == CNODE_NULL || (list->kind == CNODE_SCALAR && !list->text[0]))
        return CMD_OK;
    if (list->kind != CNODE_LIST)
        return config_wrong(list, "config_files", "a list");
    for (const cnode *i = list->first; i && status == CMD_OK; i = i->next)
        status = merge_item(c, i);
    return status;
}

/* ---- The command line ----------------------------------------------------- */

/* Changes of `config_files` come before the files are read, all others after. */
static int set_all(config *c, char **sets, size_t count, bool files)
{
    int status = CMD_OK;
    for (size_t i = 0; i < count && status == CMD_OK; i++)
        if ((strncmp(sets[i], "config_files", 12) == 0) == files)
            status = ctree_set(&c->tree, c->verb, sets[i]);
    return status;
}

static int read_all(config *c, const char *file, char **sets, size_t count)
{
    int status = file ? merge_file(c, file, STRATEGY_APPEND) : CMD_OK;
    if (status == CMD_OK)
        status = set_all(c, sets, count, true);
    if (status == CMD_OK)
        status = merge_more(c);
    if (status == CMD_OK)
        status = set_all(c, sets, count, false);
    return status == CMD_OK ? config_keys(c) : status;
}

int config_open(config *c, const char *verb, int argc, char **argv, const char *letters, const struct option *rows)
{
    *c = (config){ .verb = verb };
    config_defaults(c);
    if (!ctree_init(&c->tree))
        return no_memory();
    c->files = ctree_alloc(&c->tree, MAX_FILES * sizeof(*c->files));
    char **sets = ctree_alloc(&c->tree, (size_t)argc * sizeof(*sets));
    if (!c->files || !sets)
        return no_memory();
    const char *file = NULL;
    size_t count = 0;
    int option;
    opterr = 0; /* what is wrong is said when the options are taken */
    while ((option = getopt_long(argc, argv, letters, rows, NULL)) != -1) {
        if (option == 'c')
            file = optarg;
        else if (option == 'o')
            sets[count++] = optarg;
    }
    opterr = 1;
    optind = 0;
    return read_all(c, file, sets, count);
}

void config_free(config *c)
{
    ctree_free(&c->tree);
}

/* FILE or ADDRESS:PORT: what ends in a colon and digits, and has no slash, is an address. */
static int take_metrics(config *c, const char *value)
{
    const char *colon = strrchr(value, ':');
    c->metrics_on = true;
    if (!colon || strchr(value, '/') || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")]) {
        c->metrics_file = value;
        return CMD_OK;
    }
    const unsigned long port = strtoul(colon + 1, NULL, 10);
    if (port > 65535)
        return usage_error(c->verb, "--metrics %s: ports end at 65535", value);
    const bool brackets = value[0] == '[' && colon > value + 1 && colon[-1] == ']';
    const size_t len = (size_t)(colon - value) - (brackets ? 2 : 0);
    const char *address = len ? ctree_text(&c->tree, value + brackets, len) : "127.0.0.1";
    if (!address)
        return no_memory();
    c->web_on = c->web_metrics = true;
    c->web_address = address;
    c->web_port = (uint32_t)port;
    return CMD_OK;
}

int config_take(config *c, int option, const char *value)
{
    if (option == 'c' || option == 'o')
        return CMD_OK; /* config_open() saw them */
    return option == OPT_METRICS ? take_metrics(c, value) : -1;
}

/* ---- Outputs -------------------------------------------------------------- */

void config_form(const config *c, alert_form *form)
{
    *form = (alert_form){ .json = c->json, .flush = !c->buffered };
    form->options.size = sizeof(form->options);
    form->options.hostname = *c->hostname ? c->hostname : NULL;
    form->options.flags = (c->iso_time ? SAKER_ALERT_ISO_TIME : 0) | (c->escape ? SAKER_ALERT_ESCAPE : 0) |
                          (c->json_output ? 0 : SAKER_ALERT_NO_OUTPUT) | (c->json_fields ? 0 : SAKER_ALERT_NO_FIELDS) |
                          (c->json_tags ? 0 : SAKER_ALERT_NO_TAGS) | (c->json_message ? SAKER_ALERT_MESSAGE : 0) |
                          (c->base64 ? SAKER_ALERT_BASE64 : 0);
}

/* Presets double: 1 is 1 MiB for each CPU. */
void config_live(const config *c, live_args *a)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (c->buffer_preset)
        a->buffer_mib = ((uint64_t)1 << (c->buffer_preset - 1)) * (uint64_t)(cpus > 0 ? cpus : 1);
    a->snaplen = c->snaplen;
    a->max_threads = c->max_threads;
    a->all_events = c->all_io;
}

static output *open_http(const config *c)
{
    const http_settings s = { .url = c->http_url,
                              .user_agent = c->http_user_agent,
                              .ca_cert = c->http_ca_cert,
                              .ca_bundle = c->http_ca_bundle,
                              .ca_path = c->http_ca_path,
                              .client_cert = c->http_client_cert,
                              .client_key = c->http_client_key,
                              .insecure = c->http_insecure,
                              .mtls = c->http_mtls,
                              .echo = c->http_echo,
                              .compress = c->http_compress,
                              .keep_alive = c->http_keep_alive,
                              .timeout_ms = c->http_timeout,
                              .max_timeouts = c->http_max_timeouts };
    return output_http_new(&s);
}

int config_outputs(const config *c, const alert_form *form, bool wait, outputs **set)
{
    if (*c->queue_full)
        wait = c->queue_full[0] == 'w' || c->queue_full[0] == 'W';
    *set = outputs_new(form);
    if (!*set)
        return no_memory();
    outputs_stdout(*set, c->stdout_on);
    int status = outputs_queue(*set, c->queue_capacity, wait);
    if (status == CMD_OK && c->file_on)
        status = outputs_add(*set, output_file_new(c->file_name, c->file_keep));
    if (status == CMD_OK && c->syslog_on)
        status = outputs_add(*set, output_syslog_new(c->syslog_ident, c->syslog_facility));
    if (status == CMD_OK && c->program_on)
        status = outputs_add(*set, output_program_new(c->program, c->program_keep));
    if (status == CMD_OK && c->http_on)
        status = outputs_add(*set, open_http(c));
    return status;
}
