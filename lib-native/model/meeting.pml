/*
 * Two endpoints of opposite roles appear at a meeting place of platform/linux, look, dial and leave, while a third process tidies up, with
 * deaths at any step. One step is one system call. The steps are those of platform/linux/meeting_place.cc (appear, dial, withdraw, tidy_up),
 * channel/joining/rendezvous.cc (enter) and channel/endpoint_handshake.cc (which of two connections remains). What it leaves out: the lock, which only
 * endpoints use that exclude each other, and groups. The choice between two connections is one step here.
 *
 * Held: whenever nothing more can happen, two endpoints that are open and alive have exactly one link; a label that refuses connections never
 * belongs to a living endpoint; after all have left or died, and one more process has tidied up, nothing is left.
 * Endpoint 0 has the lower id: the connection that it has made remains. scripts/verify.mjs runs it; scripts/model-mutants.mjs lists the mutants
 * that must fail.
 */
#ifndef KILLS
#define KILLS 1
#endif
#ifndef MUTANT
#define MUTANT 0
#endif
#define TIDIER 2

bit folder;
bit temporary[2]; /* names in the folder, by endpoint */
bit label[2];
bit listens[2];
bit dead[3];
bit open[2];
bit gone[2];      /* it has left */
bit leaving;      /* from now on endpoints may leave */

#define NONE 0    /* not dialled, or given up */
#define WAITS 1   /* in the backlog of the other endpoint, with a hello */
#define LINKED 2
#define CLOSED 3  /* by the other endpoint: to be dialled again */
byte dial[2];     /* the connection that an endpoint has made */

#define alive(i) (!dead[i] && !gone[i])
#define links ((dial[0] == LINKED) + (dial[1] == LINKED))
#define empty (!temporary[0] && !temporary[1] && !label[0] && !label[1])

/* Connects to the other endpoint if its label is there, and removes the label if that is refused. */
inline connect_to_other(me) {
	d_step {
		if
		:: label[1 - me] && listens[1 - me] -> dial[me] = WAITS
		:: else -> dial[me] = NONE
		fi;
		refused = label[1 - me] && !listens[1 - me]
	};
	if
	:: refused -> d_step { assert(!alive(1 - me) || !label[1 - me]); label[1 - me] = 0; refused = 0 }
	:: else
	fi
}

/* One name: connect, then unlink. */
inline remove_if_it_refuses(name, answers) {
	d_step {
		if
		:: name && answers && MUTANT != 2 -> found = 1
		:: else
		fi;
		refused = name && (!answers || MUTANT == 2)
	};
	if
	:: refused -> d_step { name = 0; refused = 0 }
	:: else
	fi
}

inline tidy_up() {
	found = 0;
	remove_if_it_refuses(temporary[0], listens[0]);
	remove_if_it_refuses(temporary[1], listens[1]);
	remove_if_it_refuses(label[0], listens[0]);
	remove_if_it_refuses(label[1], listens[1]);
	if
	:: !found -> d_step { if :: empty -> folder = 0 :: else fi }
	:: else
	fi;
	found = 0
}

/* A hello of the other endpoint has arrived on the connection that it has made. */
inline accept_other(me) {
	d_step {
		if
		:: dial[me] == WAITS && me == 0 -> dial[1] = CLOSED
		:: dial[me] == LINKED -> dial[1 - me] = CLOSED
		:: else ->
			dial[1 - me] = LINKED;
			dial[me] = NONE
		fi
	}
}

proctype Endpoint(byte me) {
	bit found, refused, done;
	{
		skip;
#if MUTANT == 1
		connect_to_other(me);
#endif
start:
		folder = 1;
		d_step { done = folder; temporary[me] = folder };
		if
		:: !done -> goto start
		:: else
		fi;
		listens[me] = 1;
		d_step { done = temporary[me]; label[me] = temporary[me]; temporary[me] = 0 };
		if
		:: !done && MUTANT != 3 -> listens[me] = 0; goto start
		:: else
		fi;
#if MUTANT != 1
		connect_to_other(me);
#endif
		open[me] = 1;
		do
		:: dial[1 - me] == WAITS -> accept_other(me)
		:: dial[me] == CLOSED && dial[1 - me] != LINKED -> connect_to_other(me)
		:: d_step { dial[me] == CLOSED && dial[1 - me] == LINKED -> dial[me] = NONE }
		:: leaving -> break
		od;
		label[me] = 0;
		d_step {
			gone[me] = 1;
			listens[me] = 0;
			dial[me] = NONE;
			if :: dial[1 - me] != NONE -> dial[1 - me] = CLOSED :: else fi
		};
#if MUTANT != 4
		tidy_up()
#endif
	} unless { dead[me] == 1 }
}

proctype Tidier() {
	bit found, refused;
	{ tidy_up(); tidy_up() } unless { dead[TIDIER] == 1 }
}

/* The kernel closes the sockets of the dead. Their names remain. */
proctype Killer() {
	byte kills;
	byte i;
	do
	:: kills < KILLS ->
		if
		:: i = 0
		:: i = 1
		:: i = TIDIER
		fi;
		d_step {
			dead[i] = 1;
			if
			:: i != TIDIER ->
				listens[i] = 0;
				dial[i] = NONE;
				if :: dial[1 - i] != NONE -> dial[1 - i] = CLOSED :: else fi
			:: else
			fi;
			i = 0
		};
		kills++
	:: break
	od
}

/* When nothing more can happen: looks at the links, lets the endpoints leave, and then looks at what they leave. */
proctype Judge() {
	bit found, refused;
	timeout;
	assert(!(open[0] && open[1] && alive(0) && alive(1)) || links == 1);
	assert(dead[0] || open[0]);
	assert(dead[1] || open[1]);
	leaving = 1;
	timeout;
	if
	:: KILLS > 0 && (dead[0] || dead[1] || dead[TIDIER]) -> tidy_up()
	:: else
	fi;
	assert(!folder && empty)
}

init {
	atomic { run Endpoint(0); run Endpoint(1); run Tidier(); run Killer(); run Judge() }
}
