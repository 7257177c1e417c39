// Ctrl-C as a question that long work asks, in place of the end of the process.
// Threads: one at a time holds an Interrupt; `asked` from any.
#pragma once
#include <csignal>

namespace furrow::cli {

// From now on Ctrl-C and SIGTERM take away the files that are half written (table/unfinished_file.h) before they end the process,
// by the signal as without this. Once, before any thread starts; an Interrupt, or a mask, comes before it while it lives.
void remove_unfinished_files_when_interrupted();

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  // Whether Ctrl-C was pressed while this lives.
  bool asked() const;

 private:
  void (*before_)(int);
};

}  // namespace furrow::cli
