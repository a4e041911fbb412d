/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a .scap file (scap-format.md): the forms that current tools write. Lists come before the events of their
 * section; entries of one kind one after the other share a block. What is written reads back as it was. */
#ifndef SKR_SCAP_WRITE_H
#define SKR_SCAP_WRITE_H

#include "scap.h"

typedef struct skr_scap_writer skr_scap_writer;

/* Creates the file ("-": standard output). Writes nothing yet. NULL: *status says why, errno too if that is SAKER_EIO.
 */
skr_scap_writer *skr_scap_create(skr_mem *mem, const char *path, bool gzip, int *status);

/* Each returns 0 or the status of the writer, which stays once it is a failure. Strings longer than readers take are
 * cut. */
int skr_scap_write_section(skr_scap_writer *w);
int skr_scap_write_machine(skr_scap_writer *w, const skr_machine *m);
int skr_scap_write_interface(skr_scap_writer *w, const skr_if_entry *i);
int skr_scap_write_user(skr_scap_writer *w, const skr_user_entry *u);
int skr_scap_write_proc(skr_scap_writer *w, const skr_proc_entry *p);
/* Begins the descriptors of a thread, of which there may be none. */
int skr_scap_write_fds_of(skr_scap_writer *w, int64_t tid);
int skr_scap_write_fd(skr_scap_writer *w, const skr_fd_entry *f);
/* The event's own bytes, its cpu and its dump flags. */
int skr_scap_write_event(skr_scap_writer *w, const skr_evt *e, uint32_t dump_flags);

/* What was to be written could not be put together for want of memory: the writer fails with SAKER_ENOMEM. */
void skr_scap_write_nomem(skr_scap_writer *w);

/* What has been written so far is in the file when this returns, in whole blocks. */
int skr_scap_write_flush(skr_scap_writer *w);

/* Writes what is left, closes, frees. SAKER_EIO: errno says why. */
int skr_scap_write_close(skr_scap_writer *w);

#endif
