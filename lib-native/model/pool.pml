/*
 * A pool of one writer, whose readers join, pin or copy messages, leave, are cut off and die at any step, as does the writer: a transcript of
 * core/pool/pool_writer.cc, core/pool/pool_reader.cc and core/pool/pins.h, with the link around them. Each shared word is read and written in a step of its
 * own. Memory is sequentially consistent, as the fences of the code make it for these words (relacy shows that they do).
 *
 * Laws: no byte of a message changes while a reader has it pinned, also one that was cut off and has not noticed it yet; no copy that was
 * accepted has bytes of another message; a writer that sleeps for room is woken when a pin or a reader goes (an invalid end state to spin); a
 * dead reader's chunks come back.
 * scripts/verify.mjs runs it. scripts/model-mutants.mjs lists the mutants that must fail.
 */
#ifndef MESSAGES
#define MESSAGES 3
#endif
#ifndef CHUNKS
#define CHUNKS 1
#endif
#ifndef DEPTH
#define DEPTH 2
#endif
#ifndef READERS
#define READERS 2
#endif
#ifndef LOOKS
#define LOOKS 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef CUTS
#define CUTS 0 /* how often the writer cuts a reader off */
#endif
#ifndef MUTANT
#define MUTANT 0
#endif

#define BUSY 255
#define WRITING 254

/* Memory of the writer. */
byte stamp[DEPTH];
byte place[DEPTH];    /* the chunk of the message */
byte published;
byte content[CHUNKS]; /* the sequence of the message whose bytes are there, plus 1 */
byte epoch;           /* odd: it sleeps for room */

/* Memory of the readers. */
byte pin[READERS];

/* The kernel's. */
bit bell;              /* a message for the writer waits */
bit joining[READERS];  /* of these kinds */
bit gone[READERS];     /* the reader's end is closed */
bit cut[READERS];      /* a message for the reader waits: it is cut off */
bit dead_writer;
bit dead[READERS];

/* The writer's own. */
#define NONE 0
#define LINKED 1
#define OVER 2
byte link[READERS];
byte owner[CHUNKS];   /* the sequence of its message, plus 1; 0: free */
byte retired;         /* messages below it are */

/* The messages that wait on the links. The bell is taken first. */
inline service() {
	bell = 0;
	r = 0;
	do
	:: r < READERS ->
		atomic {
			if
			:: joining[r] && link[r] == NONE -> link[r] = LINKED
			:: else
			fi;
			if
			:: gone[r] && link[r] == LINKED && MUTANT != 5 -> link[r] = OVER
			:: else
			fi
		};
		r++
	:: else -> break
	od
}

/* PoolWriter::free_unpinned. One word at a time. */
inline free_unpinned() {
	c = 0;
	do
	:: c < CHUNKS ->
		is_pinned = 0;
		r = 0;
		do
		:: r < READERS && owner[c] != 0 && owner[c] <= retired ->
			if
			:: link[r] == LINKED && pin[r] == owner[c] -> is_pinned = 1
			:: else
			fi;
			r++
		:: else -> break
		od;
		atomic {
			if
			:: owner[c] != 0 && owner[c] <= retired && !is_pinned -> owner[c] = 0
			:: else
			fi
		};
		c++
	:: else -> break
	od;
	c = 0
}

inline take() {
	atomic {
		chunk = 0;
		do
		:: chunk < CHUNKS && owner[chunk] != 0 -> chunk++
		:: else -> break
		od
	}
}

/* PoolWriter::allocate. `chunk` is CHUNKS if there is none. */
inline allocate() {
	take();
	if
	:: chunk == CHUNKS ->
		/* Messages that have lost their descriptor are retired. */
		atomic {
			if
			:: next > DEPTH && retired < next - DEPTH -> retired = next - DEPTH
			:: else
			fi
		};
		free_unpinned();
		take();
		do
		:: chunk == CHUNKS && retired < next ->
			if
			:: MUTANT == 2 -> /* no fence: the pins are loaded before the stamp is visible */
				retired++;
				free_unpinned();
				take();
				stamp[(retired - 1) % DEPTH] = BUSY
			:: else ->
				if
				:: MUTANT != 1 -> stamp[retired % DEPTH] = BUSY
				:: else
				fi;
				retired++;
				free_unpinned();
				take()
			fi
		:: else -> break
		od
	:: else
	fi
}

proctype Writer() {
	byte next, r, c, chunk, cuts;
	bit is_pinned;
	{
		do
		:: next < MESSAGES ->
			service();
			allocate();
			do
			:: chunk == CHUNKS ->
				epoch++;
				if
				:: MUTANT != 7 -> allocate()
				:: else
				fi;
				if
				:: chunk == CHUNKS ->
					bell; /* sleeps */
					service()
				:: else
				fi;
				epoch++;
				if
				:: chunk == CHUNKS -> allocate()
				:: else
				fi
			:: else -> break
			od;
			content[chunk] = WRITING;
			content[chunk] = next + 1;
			owner[chunk] = next + 1;
			stamp[next % DEPTH] = BUSY;
			place[next % DEPTH] = chunk;
			stamp[next % DEPTH] = next + 1;
			next++;
			published = next;
			chunk = 0
		:: cuts < CUTS && link[0] == LINKED ->
			/* Its pins count until the kernel reports that it has closed its end. */
			atomic {
				cuts++;
				cut[0] = 1;
				if
				:: MUTANT == 8 -> link[0] = OVER
				:: else
				fi
			}
		:: next == MESSAGES -> break
		od
	} unless { dead_writer };
	dead_writer = 1
}

/* PoolReader::room_awaited, after a pin was cleared. */
inline ring_for_room() {
	seen = epoch;
	if
	:: seen % 2 == 1 && seen != rung ->
		atomic { rung = seen; bell = 1 }
	:: else
	fi
}

proctype Reader(byte me) {
	byte looks, s, mark, where, seen, rung, value;
	{
		atomic { joining[me] = 1; bell = 1 };
		link[me] == LINKED || dead_writer;
		do
		:: looks < LOOKS && link[me] != NONE && !cut[me] ->
			looks++;
			/* Any published message. */
			s = 0;
			do
			:: s + 1 < published -> s++
			:: break
			od;
			if
			:: s < published -> mark = stamp[s % DEPTH]
			:: else -> mark = 0
			fi;
			if
			:: mark == s + 1 ->
				where = place[s % DEPTH];
				if
				:: stamp[s % DEPTH] == mark ->
					if
					:: true -> /* a copy */
						value = content[where];
						if
						:: stamp[s % DEPTH] == mark || MUTANT == 9 -> assert(value == mark)
						:: else
						fi
					:: true -> /* in place */
						if
						:: MUTANT == 3 -> /* no fence: the stamp is loaded before the pin is visible */
							value = stamp[s % DEPTH];
							pin[me] = mark
						:: else ->
							pin[me] = mark;
							value = stamp[s % DEPTH]
						fi;
						if
						:: value == mark || MUTANT == 4 ->
							assert(content[where] == mark);
							/* As long as it reads, and has not noticed that it is cut off. */
							assert(content[where] == mark);
							pin[me] = 0;
							ring_for_room()
						:: else ->
							pin[me] = 0;
							if
							:: MUTANT != 6 -> ring_for_room()
							:: else
							fi
						fi
					fi
				:: else
				fi
			:: else
			fi
		:: looks == LOOKS || cut[me] || dead_writer -> break
		od;
		/* It leaves, or has no more to read. */
		if
		:: true
		:: true -> cut[me] || dead_writer
		fi
	} unless { dead[me] };
	/* By itself or by the kernel. */
	atomic {
		gone[me] = 1;
		if
		:: MUTANT != 10 -> bell = 1
		:: else
		fi
	}
}

init {
	byte i, kills;
	atomic {
		run Writer();
		do
		:: i < READERS -> run Reader(i); i++
		:: else -> break
		od
	};
	do
	:: kills < KILLS ->
		kills++;
		if
		:: dead_writer = 1
		:: dead[0] = 1
		:: READERS > 1 -> dead[READERS - 1] = 1
		fi
	:: break
	od
}
