// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modfile.h"

bool read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, size - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

/* depmod's list says what modprobe would find. */
bool modfile_find(const char *release, char path[PATH_MAX])
{
	bool found = false;
	char *line = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, PATH_MAX, "/lib/modules/%s/modules.dep", release);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && getline(&line, &size, f) > 0) {
		line[strcspn(line, ":")] = '\0';
		found = strstr(line, "/" MODULE_NAME ".ko");
	}
	if (found && *line == '/')
		snprintf(path, PATH_MAX, "%s", line);
	else if (found)
		snprintf(path, PATH_MAX, "/lib/modules/%s/%s", release, line);
	free(line);
	fclose(f);
	return found;
}

/* A signature stands at the end of the module, with this behind it; of one that
 * is compressed, inside.
 */
enum modfile_signed modfile_signed(const char *path)
{
	static const char mark[] = "~Module signature appended~\n";
	const size_t len = sizeof(mark) - 1;
	const char *end = strrchr(path, '.');
	enum modfile_signed result = MODFILE_UNREAD;
	char tail[sizeof(mark)];
	int fd;

	if (!end || strcmp(end, ".ko"))
		return MODFILE_UNREAD;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return MODFILE_UNREAD;
	if (lseek(fd, -(off_t)len, SEEK_END) >= 0 &&
	    read(fd, tail, len) == (ssize_t)len)
		result = memcmp(tail, mark, len) ? MODFILE_UNSIGNED :
						   MODFILE_SIGNED;
	close(fd);
	return result;
}

/* The certificate's subject key identifier, by which /proc/keys names it, in
 * hexadecimal. In DER its value comes behind its object identifier (2.5.29.14).
 */
static bool key_id(const char *path, char id[41])
{
	static const unsigned char oid[] = {
		0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, 0x16, 0x04, 0x14,
	};
	unsigned char der[4096], *at;
	int fd = open(path, O_RDONLY | O_CLOEXEC), i;
	ssize_t n = fd < 0 ? -1 : read(fd, der, sizeof(der));

	if (fd >= 0)
		close(fd);
	at = n > 0 ? memmem(der, n, oid, sizeof(oid)) : NULL;
	if (!at || at + sizeof(oid) + 20 > der + n)
		return false;
	for (i = 0; i < 20; i++)
		sprintf(id + 2 * i, "%02x", at[sizeof(oid) + i]);
	return true;
}

enum modfile_key modfile_dkms_key(void)
{
	/* Who may see none of the kernel's own knows nothing. */
	enum modfile_key result = KEY_UNREAD;
	char *line = NULL, id[41];
	size_t size = 0;
	FILE *f;

	if (!key_id(DKMS_KEY, id))
		return KEY_UNREAD;
	f = fopen("/proc/keys", "re");
	if (!f)
		return KEY_UNREAD;
	while (result != KEY_KNOWN && getline(&line, &size, f) > 0)
		if (strstr(line, " asymmetri "))
			result = strstr(line, id) ? KEY_KNOWN : KEY_UNKNOWN;
	free(line);
	fclose(f);
	return result;
}
