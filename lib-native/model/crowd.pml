/*
 * Two writers and two readers with all steps by which they wake each other: publish, ring, arm, sleep, want space, advance, and a
 * death at any step. The handshake and the ends are in wake.pml, with fewer processes. One step is one access to a shared word.
 * Memory is sequentially consistent, as the fences of core/wake.h make it for these words (relacy shows that they do).
 *
 * Laws: no process sleeps for ever while its condition is true (an invalid end state to spin), and there is at most one ring for a sleep.
 * scripts/verify.mjs runs it. scripts/model-mutants.mjs lists the mutants that must fail.
 */
#ifndef MESSAGES
#define MESSAGES 2
#endif
#ifndef SECOND
#define SECOND MESSAGES /* of the second writer */
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef MUTANT
#define MUTANT 0
#endif
#ifndef DEPTH
#define DEPTH 1
#endif
#define messages(w) ((w) == 0 -> MESSAGES : SECOND)
#define link(w, r) ((w) * 2 + (r))

byte published[2];      /* by writer: core/lane_writer.cc publish */
byte sequence[4];       /* by link: core/cursor.h */
bit asleep[4];          /* by link: the reader's epoch is odd. The numbers themselves only distinguish one sleep from another: */
bit rung_reader[4];     /* by link, the writer's own: it rang for the present epoch */
byte seen_asleep[4];    /* by link: what the writer has loaded: nothing to ring for, the present sleep, or one before it */
bit want[2];            /* by writer: its epoch is odd, it waits for space */
bit rung_writer[4];     /* by link, the reader's own */
byte seen_want[4];
bit bell_of_reader[2];  /* the kernel's: a ring waits */
bit bell_of_writer[2];
bit dead_writer[2];
bit dead_reader[2];
bit rings[4];           /* by link: there was a ring for the present sleep of the reader */

#define NOTHING 0
#define PRESENT 1
#define FORMER 2

#define holds(w, r) (!dead_reader[r] && published[w] - sequence[link(w, r)] >= DEPTH)
#define fits(w) (!holds(w, 0) && !holds(w, 1))
#define unread(w, r) (sequence[link(w, r)] < published[w])
#define over(w, r) (sequence[link(w, r)] == messages(w) || (dead_writer[w] && !unread(w, r)))
#define something(r) (unread(0, r) || unread(1, r) || (over(0, r) && over(1, r)))

inline arm(l) {
	d_step { asleep[l] = 1; rung_reader[l] = 0; rings[l] = 0 }
}

inline disarm(l) {
	d_step {
		asleep[l] = 0;
		if
		:: seen_asleep[l] == PRESENT -> seen_asleep[l] = FORMER
		:: else
		fi
	}
}

/* Two accesses: the load of the epoch, and the system call. */
inline ring_reader(w, r) {
	d_step {
		if
		:: asleep[link(w, r)] && (!rung_reader[link(w, r)] || MUTANT == 1) -> seen_asleep[link(w, r)] = PRESENT
		:: else -> seen_asleep[link(w, r)] = NOTHING
		fi
	};
	if
	:: seen_asleep[link(w, r)] != NOTHING ->
		d_step {
			if
			:: seen_asleep[link(w, r)] == PRESENT ->
				assert(!rings[link(w, r)]);
				rings[link(w, r)] = 1;
				rung_reader[link(w, r)] = 1
			:: else
			fi;
			seen_asleep[link(w, r)] = NOTHING;
			bell_of_reader[r] = 1
		}
	:: seen_asleep[link(w, r)] == NOTHING
	fi
}

inline ring_writer(w, r) {
	d_step {
		if
		:: want[w] && !rung_writer[link(w, r)] && MUTANT != 2 -> seen_want[link(w, r)] = PRESENT
		:: else -> seen_want[link(w, r)] = NOTHING
		fi
	};
	if
	:: seen_want[link(w, r)] != NOTHING ->
		d_step {
			if
			:: seen_want[link(w, r)] == PRESENT -> rung_writer[link(w, r)] = 1
			:: else
			fi;
			seen_want[link(w, r)] = NOTHING;
			bell_of_writer[w] = 1
		}
	:: seen_want[link(w, r)] == NOTHING
	fi
}

inline want_space(w) {
	d_step { want[w] = 1; rung_writer[link(w, 0)] = 0; rung_writer[link(w, 1)] = 0 }
}

inline unwant(w) {
	d_step {
		want[w] = 0;
		if
		:: seen_want[link(w, 0)] == PRESENT -> seen_want[link(w, 0)] = FORMER
		:: else
		fi;
		if
		:: seen_want[link(w, 1)] == PRESENT -> seen_want[link(w, 1)] = FORMER
		:: else
		fi
	}
}

proctype Writer(byte me) {
	{
		do
		:: published[me] == messages(me) -> break
		:: published[me] < messages(me) && fits(me) ->
#if MUTANT == 6
			ring_reader(me, 0);
			ring_reader(me, 1);
			published[me]++
#else
			published[me]++;
			ring_reader(me, 0);
			ring_reader(me, 1)
#endif
		:: published[me] < messages(me) && !fits(me) ->
			want_space(me);
			if
			:: fits(me) && MUTANT != 3 -> skip
			:: !fits(me) || MUTANT == 3 ->
				d_step { bell_of_writer[me] == 1; bell_of_writer[me] = 0 }
			fi;
			unwant(me)
		od
	} unless { dead_writer[me] == 1 }
}

proctype Reader(byte me) {
	{
		do
		:: over(0, me) && over(1, me) -> break
#if MUTANT == 7
		:: unread(0, me) -> ring_writer(0, me); sequence[link(0, me)]++
		:: unread(1, me) -> ring_writer(1, me); sequence[link(1, me)]++
#else
		:: unread(0, me) -> sequence[link(0, me)]++; ring_writer(0, me)
		:: unread(1, me) -> sequence[link(1, me)]++; ring_writer(1, me)
#endif
		:: !something(me) ->
			arm(link(0, me));
			arm(link(1, me));
			if
			:: something(me) && MUTANT != 4 -> skip
			:: !something(me) || MUTANT == 4 ->
				d_step { bell_of_reader[me] == 1; bell_of_reader[me] = 0 }
			fi;
			disarm(link(0, me));
			disarm(link(1, me))
		od
	} unless { dead_reader[me] == 1 }
}

/* The kernel closes the sockets of a dead process, which wakes its peers. */
proctype Killer() {
	byte kills;
	do
	:: kills < KILLS ->
		if
		:: d_step { dead_writer[0] = 1; if :: MUTANT != 5 -> bell_of_reader[0] = 1; bell_of_reader[1] = 1 :: else fi }
		:: d_step { dead_reader[0] = 1; if :: MUTANT != 5 -> bell_of_writer[0] = 1; bell_of_writer[1] = 1 :: else fi }
		:: skip
		fi;
		kills++
	:: kills == KILLS -> break
	od
}

init {
	atomic { run Writer(0); run Writer(1); run Reader(0); run Reader(1); run Killer() }
}
