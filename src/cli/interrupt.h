// Ctrl-C as a question that long work asks, in place of the end of the process.
// Threads: one at a time holds an Interrupt; `asked` from any.
#pragma once
#include <csignal>

namespace furrow::cli {

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
