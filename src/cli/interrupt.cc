#include "cli/interrupt.h"

#include "table/unfinished_file.h"

namespace furrow::cli {
namespace {

volatile std::sig_atomic_t pressed = 0;

void end(int signal) {
  table::remove_unfinished_files();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void remove_unfinished_files_when_interrupted() {
  // A shell's background job and nohup ask for signals to be left alone.
  for (int signal : {SIGINT, SIGTERM}) {
    if (std::signal(signal, end) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
}

Interrupt::Interrupt() {
  pressed = 0;
  before_ = std::signal(SIGINT, [](int) { pressed = 1; });
}
Interrupt::~Interrupt() { std::signal(SIGINT, before_); }
bool Interrupt::asked() const { return pressed != 0; }

}  // namespace furrow::cli
