"""A writer that keeps to the protocol until it is linked, publishes b'true' twice, and then stores wrong values in its own lane while it is read.

usage: hostile-writer.py CHANNEL_FOLDER CODEC LIE      LIE: published, intent, stamp, length, flags, position, state, all, or ahead

Prints 'linked', waits for a line, and lies until the reader has cut it off; then it prints how: 'refused' or 'closed'. One lie in a single
word is enough, because the word is wrong before the message is published. With 'ahead' the writer keeps to the rules of a channel with
drop-oldest, but has always overwritten its published messages already: it is not cut off.
"""
import array
import fcntl
import mmap
import os
import random
import socket
import struct
import sys
import time

RING, HELLO, WELCOME, READY, REFUSE = 1, 2, 3, 4, 5
CAPACITY, DEPTH, DESCRIPTORS = 65536, 16, 384
PAYLOAD = 4096
F_ADD_SEALS, SHRINK, GROW, FUTURE_WRITE = 1033, 2, 4, 16
HUGE = [0, 1, 2**31 - 1, 2**32 - 1, 2**53, 2**53 + 1, 2**63, 2**64 - 1]


class Lane:
    def __init__(self):
        self.file = os.memfd_create('hostile', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.file, PAYLOAD + CAPACITY)
        os.posix_fallocate(self.file, 0, PAYLOAD + CAPACITY)
        self.bytes = mmap.mmap(self.file, PAYLOAD + CAPACITY)
        self.words = memoryview(self.bytes).cast('Q')
        fcntl.fcntl(self.file, F_ADD_SEALS, SHRINK | GROW | FUTURE_WRITE)
        struct.pack_into('<8sIIQQQ', self.bytes, 0, b'RINGWIRE', 2, DEPTH, CAPACITY, CAPACITY // 2, 42)
        self.next = 0

    def write(self, message, wrong=None):
        """Publishes a message. `wrong` is the name of a word and the value that it gets instead of the true one."""
        position = self.next * 64
        begin = PAYLOAD + position % CAPACITY
        self.bytes[begin : begin + len(message)] = message
        at = DESCRIPTORS + 32 * (self.next % DEPTH)
        words = {'stamp': self.next + 1, 'position': position, 'length': len(message), 'flags': 0, 'intent': position + 64}
        words.update(wrong or {})
        struct.pack_into('<QQIIQ', self.bytes, at, *(words[name] for name in ('stamp', 'position', 'length', 'flags')), 1)
        self.next += 1
        # As one store each: pack_into clears the bytes first.
        self.words[136 // 8] = words['intent']
        self.words[128 // 8] = self.next

    def lie(self, word):
        if word == 'all':
            struct.pack_into('<Q', self.bytes, 128 + 8 * random.randrange(32 + 4 * DEPTH), random.choice(HUGE))
        elif word == 'ahead':
            for i in range(DEPTH):
                # One store of a whole word: struct.pack_into writes zeros first, and a stamp of 0 is a lie.
                self.words[(DESCRIPTORS + 32 * i) // 8] = 2**64 - 1
            for _ in range(1000):
                self.next += 1
                self.words[128 // 8] = self.next
        elif word == 'state':
            struct.pack_into('<I', self.bytes, 272, 99)
        elif word == 'published':
            self.words[128 // 8] = random.choice(HUGE)
        else:
            self.write(b'lie', {word: {'length': 2**32 - 1}.get(word, 1)})


def main(folder, codec, lie):
    name = os.path.basename(folder)
    reader = next(entry for entry in os.listdir(folder) if entry.startswith('reader-'))
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.connect(f'{folder}/{reader}')
    lane = Lane()
    overflow = b'drop-oldest' if lie == 'ahead' else b'block'
    numbers = (HELLO, 1, 0, 0, 0x45574952, 3, 0, 2, 42, time.monotonic_ns(), 0, 0, 0, 0)
    hello = struct.pack('<BBBBIHHI6Q16s72s136s16s136s', *numbers, overflow, name.encode(), codec.encode(), b'', b'')
    assert len(hello) == 440
    link.send(hello)
    while link.recv(1024)[0] != HELLO:
        pass
    welcome = struct.pack('<B7xQ', WELCOME, 0)
    link.sendmsg([welcome], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [lane.file]))])
    while link.recv(1024)[0] != READY:
        pass
    lane.write(b'true')
    lane.write(b'true')
    link.send(bytes([RING]))
    print('linked', flush=True)
    sys.stdin.readline()
    link.setblocking(lie not in ('all', 'ahead'))
    end = None
    while end is None:
        lane.lie(lie)
        try:
            link.send(bytes([RING]))
            answer = link.recv(1024)
            end = 'closed' if answer == b'' else 'refused' if answer[0] == REFUSE else None
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            end = 'closed'
    print(end, flush=True)


main(*sys.argv[1:])
