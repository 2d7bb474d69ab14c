/*
 * The protocol of a link with deaths, for the checker spin: hello, welcome, ready, ring; publish, ring, arm, want space; end,
 * bye, and SIGKILL between any two steps of any process. Memory is sequentially consistent here. The other model in this
 * folder, which runs the real code of core/, covers weak memory orders. This model is a transcript of channel/endpoint/endpoint.cc,
 * writer_endpoint.cc and reader_endpoint.cc and uses their names. Policy block, WRITERS x READERS. APART: the reader wakes lanes apart, as it
 * does when it has many.
 *
 * Every process starts at any time. A restart after a death is the same as a late start.
 *
 * Laws, checked when no process can move any more (judge) and on the way (assert):
 *   - no process sleeps with something to do: a message, an end, a departure, space, all read;
 *   - a reader of a lane gets all published messages, also if the writer is dead;
 *   - no unread message is overwritten, and each message is delivered once;
 *   - a departure is reported once, after the last message; so is the end;
 *   - there is at most one ring for a sleep.
 *
 * MUTANT n leaves out or misplaces one step. Each must be found: see scripts/model-mutants.mjs.
 */
#ifndef WRITERS
#define WRITERS 1
#endif
#ifndef READERS
#define READERS 1
#endif
#ifndef MESSAGES
#define MESSAGES 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef MUTANT
#define MUTANT 0
#endif
#ifndef APART
#define APART 0
#endif
#define DEPTH 1
#define LINKS (WRITERS * READERS)
#define link(w, r) ((w) * READERS + (r))

mtype = { HELLO, WELCOME, READY, RING, BYE };
#define NONE 0
#define GREETING 1
#define AGREED 2
#define OPEN 3
#define DRAINING 4
#define GONE 5
#define READIED 6  /* of the reader: AGREED, and it has sent ready */

/* Shared state. The end-of-file of a socket is the flag of the closed side, once its queue is empty. */
chan to_reader[LINKS] = [4] of { mtype };
chan to_writer[LINKS] = [4] of { mtype };
bool writer_gone[LINKS];   /* the writer's end of the socket is closed */
bool reader_gone[LINKS];
byte published[WRITERS];
bool ended[WRITERS];
byte want_epoch[WRITERS];
byte want_sequence[WRITERS];
byte sequence[LINKS];      /* the cursor */
byte asleep[LINKS];        /* its epoch */
byte start[LINKS];         /* in the welcome */

/* The private state of each side. */
byte w_state[LINKS];
byte r_state[LINKS];
bool w_greeted[LINKS];
bool r_greeted[LINKS];
byte tail[WRITERS];
byte w_rung[LINKS];        /* the epoch for which it rang */
byte r_rung[LINKS];
byte next[LINKS];
bool r_ended[LINKS];       /* read up to the reported end */
#if APART
bool awake[LINKS];         /* else: armed, was empty after that, and its writer has not rung since */
#define is_awake(l) awake[l]
#define wake_lane(l) awake[l] = true
#else
#define is_awake(l) true
#define wake_lane(l) skip
#endif

/* For the laws. */
bool writer_started[WRITERS], reader_started[READERS];
bool writer_dead[WRITERS], reader_dead[READERS];
bool kill_writer[WRITERS], kill_reader[READERS];
bool writer_waits[WRITERS], wants_drained[WRITERS], reader_waits[READERS];
byte reported_gone[LINKS], reported_end[LINKS];

inline send(queue, message) {
	if
	:: nfull(queue) -> queue!message
	:: full(queue) -> skip      /* full: a ring is queued already */
	fi
}

/* --- The writer */

#define w_events(l) (nempty(to_writer[l]) || (reader_gone[l] && w_state[l] != GONE && w_state[l] != NONE && MUTANT != 1))
#if READERS == 1
#define writer_events(w) w_events(link(w, 0))
#else
#define writer_events(w) (w_events(link(w, 0)) || w_events(link(w, 1)))
#endif
#define fits(w) (published[w] - tail[w] < DEPTH)
#define drained(w) (tail[w] == published[w])

inline refresh_tail() { d_step {
	lowest = 255; has_reader = false; i = 0;
	do
	:: i < READERS ->
		if
		:: w_state[link(me, i)] == OPEN || (w_state[link(me, i)] == AGREED && MUTANT != 2) ->
			if
			:: w_state[link(me, i)] == OPEN -> at = sequence[link(me, i)]; has_reader = true
			:: else -> at = start[link(me, i)]
			fi;
			if
			:: at < lowest -> lowest = at
			:: else
			fi
		:: else
		fi;
		i++
	:: else -> break
	od;
	if
	:: has_reader && lowest > tail[me] -> tail[me] = lowest
	:: else
	fi;
	at = 0; lowest = 0; has_reader = false; i = 0
} }

inline ring_readers() {
	do
	:: atomic { i < READERS ->
		if
		:: w_state[link(me, i)] == OPEN && asleep[link(me, i)] % 2 == 1 &&
		   (asleep[link(me, i)] != w_rung[link(me, i)] || MUTANT == 3) ->
			assert(asleep[link(me, i)] != w_rung[link(me, i)]);
			w_rung[link(me, i)] = asleep[link(me, i)]; rings = true
		:: else -> i++
		fi
	   };
		if
		:: atomic { rings -> send(to_reader[link(me, i)], RING); rings = false; i++ }
		:: atomic { else -> skip }
		fi
	:: atomic { else -> i = 0; break }
	od
}

inline writer_service() {
	do
	:: atomic { j < READERS && nempty(to_writer[link(me, j)]) ->
			l = link(me, j);
			to_writer[l]?message;
			if
			:: message == HELLO && w_state[l] == GREETING ->
				if
				:: !w_greeted[l] -> w_greeted[l] = true; send(to_reader[l], HELLO)
				:: else
				fi;
				refresh_tail();
				start[l] = tail[me]; w_state[l] = AGREED; send(to_reader[l], WELCOME)
			:: message == READY && w_state[l] == AGREED ->
				w_state[l] = OPEN;
				if
				:: MUTANT != 4 -> send(to_reader[l], RING)
				:: else
				fi
			:: else
			fi;
			message = 0; l = 0
		};
	:: atomic { j < READERS && empty(to_writer[link(me, j)]) ->
			l = link(me, j);
			if
			:: reader_gone[l] && w_state[l] != GONE && w_state[l] != NONE ->
				/* parted: its last reads count */
				refresh_tail();
				w_state[l] = GONE
			:: else
			fi;
			l = 0; j++
		}
	:: atomic { j == READERS -> j = 0; break }
	od
}

/* arm: the want words, and the second look. A lane of depth 1 has space when all is read, and is drained then too. */
inline arm() {
	atomic {
		want_sequence[me] = published[me];
		if
		:: want_epoch[me] % 2 == 0 -> want_epoch[me]++
		:: else
		fi
	};
	if
	:: atomic { MUTANT != 6 -> refresh_tail() }
	:: atomic { else -> skip }
	fi
}
inline unwant() {
	atomic {
		if
		:: want_epoch[me] % 2 == 1 -> want_epoch[me]++
		:: else
		fi
	}
}

/* Until all published messages are read. */
inline wait_read() {
	refresh_tail();
	if
	:: !drained(me) -> arm()
	:: else
	fi;
	do
	:: atomic { drained(me) -> break }
	:: atomic { else -> writer_waits[me] = true };
		atomic { writer_events(me) -> writer_waits[me] = false };
		if
		:: MUTANT != 7 -> writer_service()
		:: else
		fi;
		unwant();
		refresh_tail();
		if
		:: !drained(me) -> arm()
		:: else
		fi;
		if
		:: MUTANT == 7 -> writer_service() /* drains after the look */
		:: else
		fi
	od;
	if
	:: atomic { want_epoch[me] % 2 == 1 -> want_epoch[me]++ }
	:: else
	fi
}

proctype Writer(byte me) {
	byte i, j, l, at, lowest;
	bool has_reader, rings, leaves;
	mtype message;
	byte count;
	{
		/* join: under the lock of the folder, so in one step for the others */
		atomic {
			writer_started[me] = true;
			do
			:: j < READERS ->
				if
				:: reader_started[j] && !reader_dead[j] ->
					w_state[link(me, j)] = GREETING; r_state[link(me, j)] = GREETING;
					w_greeted[link(me, j)] = true; to_reader[link(me, j)]!HELLO
				:: else
				fi;
				j++
			:: else -> break
			od;
			j = 0
		}
		do
		:: count < MESSAGES ->
			writer_service();
			if
			:: !fits(me) -> wait_read()
			:: else
			fi;
			if
			:: MUTANT == 8 -> ring_readers()
			:: else
			fi;
			atomic { published[me]++; count++ };
			if
			:: MUTANT != 8 -> ring_readers()
			:: else
			fi
		:: else -> break
		od;
		wait_read();
		ended[me] = true;
		if
		:: MUTANT != 9 -> ring_readers()
		:: else
		fi;
		/* serves late readers until it leaves, if it leaves */
		if
		:: leaves = true
		:: skip
		fi;
		do
		:: writer_events(me) -> writer_service()
		:: leaves -> break
		od;
		do
		:: atomic { i < READERS ->
			if
			:: w_state[link(me, i)] == OPEN || w_state[link(me, i)] == AGREED -> send(to_reader[link(me, i)], BYE)
			:: else
			fi;
			i++ }
		:: atomic { else -> break }
		od
	} unless { kill_writer[me] };
	/* the kernel closes its sockets */
	atomic {
		writer_dead[me] = true; writer_waits[me] = false; i = 0;
		do
		:: i < READERS -> writer_gone[link(me, i)] = true; i++
		:: else -> break
		od
	}
}

/* --- The reader */

#define r_events(l) (nempty(to_reader[l]) || \
	(writer_gone[l] && r_state[l] != GONE && r_state[l] != NONE && r_state[l] != DRAINING && MUTANT != 10))
#if WRITERS == 1
#define reader_events(r) r_events(link(0, r))
#else
#define reader_events(r) (r_events(link(0, r)) || r_events(link(1, r)))
#endif

#define lane(l) ((l) / READERS)
#define something_on(l) ((r_state[l] == OPEN || r_state[l] == DRAINING) && \
	(published[lane(l)] != next[l] || r_state[l] == DRAINING || (ended[lane(l)] && !r_ended[l])))
#define something_awake(l) (is_awake(l) && something_on(l))
#if WRITERS == 1
#define something(r) something_awake(link(0, r))
#else
#define something(r) (something_awake(link(0, r)) || something_awake(link(1, r)))
#endif

inline reader_service() {
	do
	:: atomic { j < WRITERS && nempty(to_reader[link(j, me)]) ->
			l = link(j, me);
			to_reader[l]?message;
			if
			:: message == HELLO && r_state[l] == GREETING ->
				if
				:: !r_greeted[l] -> r_greeted[l] = true; send(to_writer[l], HELLO)
				:: else
				fi;
				r_state[l] = AGREED
			:: message == WELCOME && r_state[l] == AGREED ->
				next[l] = start[l];
				sequence[l] = start[l];
				send(to_writer[l], READY);
				r_state[l] = READIED
			:: message == RING && r_state[l] == READIED -> r_state[l] = OPEN; wake_lane(l)
			:: message == RING && r_state[l] == OPEN && MUTANT != 19 -> wake_lane(l)
			:: message == BYE && (r_state[l] == OPEN || r_state[l] == READIED) -> lost_writer()
			:: else
			fi;
			message = 0; l = 0
		}
	:: atomic { j < WRITERS && empty(to_reader[link(j, me)]) ->
			l = link(j, me);
			if
			:: writer_gone[l] && (r_state[l] == OPEN || r_state[l] == READIED) -> lost_writer()
			:: writer_gone[l] && (r_state[l] == GREETING || r_state[l] == AGREED) -> r_state[l] = GONE
			:: else
			fi;
			l = 0; j++
		}
	:: atomic { j == WRITERS -> j = 0; break }
	od
}

/* parted: its mapping outlives the writer */
inline lost_writer() {
	if
	:: published[lane(l)] == next[l] || MUTANT == 11 -> see_end(l); r_state[l] = GONE; reported_gone[l]++
	:: else -> r_state[l] = DRAINING; wake_lane(l)
	fi
}
inline see_end(which) {
	if
	:: ended[lane(which)] && !r_ended[which] -> r_ended[which] = (MUTANT != 12); reported_end[which]++;
		assert(next[which] == published[lane(which)]); assert(reported_end[which] == 1)
	:: else
	fi
}

inline read_batch() {
	any = false;
	do
	:: atomic { i < WRITERS && (r_state[link(i, me)] == OPEN || r_state[link(i, me)] == DRAINING) &&
	            next[link(i, me)] != published[i] ->
			/* not overwritten */
			assert(next[link(i, me)] < published[i] && published[i] - next[link(i, me)] <= DEPTH);
			next[link(i, me)]++; any = true; wake_lane(link(i, me))
		};
		/* commit: advance, then load the want words of the writer */
		if
		:: MUTANT != 13 -> sequence[link(i, me)] = next[link(i, me)]
		:: else
		fi;
		atomic {
			rings = r_state[link(i, me)] == OPEN && want_epoch[i] % 2 == 1 &&
			        next[link(i, me)] >= want_sequence[i] && want_epoch[i] != r_rung[link(i, me)];
			if
			:: rings -> r_rung[link(i, me)] = want_epoch[i]
			:: else
			fi
		};
		if
		:: atomic { rings -> send(to_writer[link(i, me)], RING); rings = false }
		:: atomic { else -> skip }
		fi;
		if
		:: MUTANT == 13 -> sequence[link(i, me)] = next[link(i, me)]
		:: else
		fi
	:: atomic { i < WRITERS && !((r_state[link(i, me)] == OPEN || r_state[link(i, me)] == DRAINING) &&
	            next[link(i, me)] != published[i]) ->
			l = link(i, me);
			if
			:: r_state[l] == OPEN || r_state[l] == DRAINING -> see_end(l)
			:: else
			fi;
			if
			:: r_state[l] == DRAINING -> reported_gone[l]++; r_state[l] = GONE
			:: else
			fi;
			l = 0; i++
		}
	:: atomic { i == WRITERS -> i = 0; break }
	od
}

/* A lane that is awake gets an epoch for which no ring was sent. */
inline lie_down() {
	do
	:: atomic { i < WRITERS ->
		if
		:: r_state[link(i, me)] == OPEN && is_awake(link(i, me)) && asleep[link(i, me)] % 2 == 0 -> asleep[link(i, me)]++
#if APART
		:: r_state[link(i, me)] == OPEN && is_awake(link(i, me)) && asleep[link(i, me)] % 2 == 1 && MUTANT != 18 ->
			asleep[link(i, me)] = asleep[link(i, me)] + 2
#endif
		:: else
		fi;
		i++ }
	:: atomic { else -> i = 0; break }
	od
}
inline all_lie() {
#if APART
	do
	:: i < WRITERS -> awake[link(i, me)] = false; i++
	:: else -> i = 0; break
	od
#else
	skip
#endif
}
inline get_up() {
	do
	:: atomic { i < WRITERS ->
		if
		:: is_awake(link(i, me)) && asleep[link(i, me)] % 2 == 1 && MUTANT != 16 -> asleep[link(i, me)]++
		:: else
		fi;
		i++ }
	:: atomic { else -> i = 0; break }
	od
}

proctype Reader(byte me) {
	byte i, j, l;
	mtype message;
	bool any, rings;
	{
		atomic {
			reader_started[me] = true;
			do
			:: j < WRITERS ->
				if
				:: writer_started[j] && !writer_dead[j] ->
					w_state[link(j, me)] = GREETING; r_state[link(j, me)] = GREETING;
					r_greeted[link(j, me)] = true; to_writer[link(j, me)]!HELLO
				:: else
				fi;
				j++
			:: else -> break
			od;
			j = 0
		}
		do
		:: read_batch();
			if
			:: any || something(me) -> skip
			:: else ->
				lie_down();
				if
				:: something(me) && MUTANT != 14 -> get_up()
				:: else ->
					if
					:: MUTANT == 17 -> reader_service() /* drains after the look */
					:: else
					fi;
					atomic { all_lie(); reader_waits[me] = true };
					atomic { reader_events(me) -> reader_waits[me] = false };
					reader_service();
					get_up()
				fi
			fi
		od
	} unless { kill_reader[me] };
	atomic {
		reader_dead[me] = true; reader_waits[me] = false; i = 0;
		do
		:: i < WRITERS -> reader_gone[link(i, me)] = true; i++
		:: else -> break
		od
	}
}

/* --- Deaths, and the final check */

proctype Killer() {
	byte kills;
	do
	:: atomic { kills < KILLS -> kills++;
		if
		:: kill_writer[0] = true
		:: kill_reader[0] = true
#if WRITERS == 2
		:: kill_writer[1] = true
#endif
#if READERS == 2
		:: kill_reader[1] = true
#endif
		fi }
	:: break
	od
}

init {
	byte w, r;
	atomic {
		do
		:: w < WRITERS -> run Writer(w); w++
		:: else -> break
		od;
		do
		:: r < READERS -> run Reader(r); r++
		:: else -> break
		od;
		run Killer();
		w = 0; r = 0
	}
	timeout; /* no process can move any more */
	atomic {
		do
		:: w < WRITERS ->
			r = 0;
			do
			:: r < READERS ->
				if
				:: !reader_dead[r] ->
					/* it sleeps correctly */
					assert(reader_waits[r]);
					assert(r_state[link(w, r)] != DRAINING);
					if
					:: r_state[link(w, r)] == OPEN || reported_gone[link(w, r)] > 0 ->
						assert(next[link(w, r)] == published[w]);
						assert(reported_end[link(w, r)] == ended[w])
					:: else
					fi;
					assert(reported_gone[link(w, r)] <= 1);
					assert(!(r_state[link(w, r)] == OPEN && writer_dead[w]));
					/* a link of two living peers is open */
					assert(writer_dead[w] || r_state[link(w, r)] == OPEN && w_state[link(w, r)] == OPEN);
					/* a reader that reads everything does not block the writer */
					assert(writer_dead[w] || ended[w])
				:: else -> assert(writer_dead[w] || w_state[link(w, r)] != OPEN)
				fi;
				r++
			:: else -> break
			od;
			w++
		:: else -> break
		od
	}
}
