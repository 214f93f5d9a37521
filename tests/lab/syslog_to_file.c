/* syslog_to_file - a preload that writes a server's syslog into the file named by LAB_SYSLOG
 *
 * The lab's servers log to syslog only, and a test machine often has none; the machine's own, where there is one, is
 * not the lab's to fill. Every line is one write to a descriptor opened with O_APPEND: servers of several processes
 * share the file. Without LAB_SYSLOG nothing is written; debug messages
 * are written when LAB_SYSLOG_DEBUG is set.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static char program[64] = "?";
static char file_name[512];
static int with_debug;

/* Read at once: Sendmail and others empty their environment. */
__attribute__((constructor)) static void read_environment(void)
{
    const char *path = getenv("LAB_SYSLOG");
    if (path != NULL && strlen(path) < sizeof file_name)
        strcpy(file_name, path);
    with_debug = getenv("LAB_SYSLOG_DEBUG") != NULL;
}

void openlog(const char *ident, int option, int facility)
{
    (void)option;
    (void)facility;
    if (ident != NULL) {
        strncpy(program, ident, sizeof program - 1);
        program[sizeof program - 1] = '\0';
    }
}

void closelog(void) {}

int setlogmask(int mask)
{
    (void)mask;
    return LOG_UPTO(LOG_DEBUG);
}

void vsyslog(int priority, const char *format, va_list arguments)
{
    static const char *const names[] = {"emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"};
    const int saved_errno = errno; /* vsnprintf of glibc knows %m, and it must be the caller's */
    if (file_name[0] == '\0' || ((priority & 7) == LOG_DEBUG && !with_debug))
        return;

    char line[4096];
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &parts);
    size_t used = strftime(line, sizeof line, "%H:%M:%S", &parts);
    used += (size_t)snprintf(line + used, sizeof line - used, ".%03ld %s[%d] %s: ", now.tv_nsec / 1000000, program,
                             (int)getpid(), names[priority & 7]);
    errno = saved_errno;
    const int text = vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    used += text < 0 ? 0 : (size_t)text;
    if (used > sizeof line - 2)
        used = sizeof line - 2;
    if (line[used - 1] != '\n')
        line[used++] = '\n';

    const int file = open(file_name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (file >= 0) {
        if (write(file, line, used) < 0)
            errno = 0; /* a full disk must not change what the server does */
        close(file);
    }
    errno = saved_errno;
}

void syslog(int priority, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsyslog(priority, format, arguments);
    va_end(arguments);
}

/* What programs built with _FORTIFY_SOURCE call. */
void __vsyslog_chk(int priority, int flag, const char *format, va_list arguments)
{
    (void)flag;
    vsyslog(priority, format, arguments);
}

void __syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list arguments;
    (void)flag;
    va_start(arguments, format);
    vsyslog(priority, format, arguments);
    va_end(arguments);
}
