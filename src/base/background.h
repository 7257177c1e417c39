// Threads that give way. A program that answers requests on few cores keeps its long work on threads which the scheduler puts behind those
// that answer; what such a thread holds a lock for must be short, since it may be put aside while it holds it.
#pragma once

namespace furrow {

// Names the calling thread (at most 15 bytes; longer names are cut) and lowers it to nice 10: a tenth of an answering thread's share where both
// want the core, all of it where none does. Not nice 19, with which a busy machine would hardly do it at all. Of this thread alone, as Linux
// has it; threads that it starts inherit it. Cheap, and harmless to call again.
void give_way(const char* name);

// The same for work that nobody ever waits for: the thread runs where no other wants the core (SCHED_IDLE), and whoever wakes up takes the core
// from it at once, where nice 10 would keep it for some milliseconds. On a machine that is busy for long it hardly runs, so it must hold no lock
// that others want, and nobody may wait for more than what it has begun. There is no way back for the thread. Where the system forbids it, nice 10.
void run_when_idle(const char* name);

}  // namespace furrow
