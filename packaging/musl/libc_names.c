// npm has Bun for musl, but not the libstdc++ for musl that it needs. Debian's libstdc++ is for glibc; these are the names in it that musl does
// not have. Only for packaging/test/musl.test.ts.
#define _GNU_SOURCE
#include <locale.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

char __libc_single_threaded = 0;
unsigned __cpu_model[16];

int __cpu_indicator_init(void) {
	return 0;
}

int __cxa_thread_atexit_impl(void (*function)(void*), void* object, void* library) {
	(void)function;
	(void)object;
	(void)library;
	return 0;
}

// No table of unwinding: nothing throws.
int _dl_find_object(void* address, void* result) {
	(void)address;
	(void)result;
	return -1;
}

size_t __strftime_l(char* text, size_t size, const char* format, const struct tm* time, locale_t locale) {
	return strftime_l(text, size, format, time, locale);
}

uint32_t arc4random(void) {
	uint32_t value = 0;
	syscall(SYS_getrandom, &value, sizeof value, 0);
	return value;
}
