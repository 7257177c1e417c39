#include "cli/interrupt.h"

namespace furrow::cli {
namespace {

volatile std::sig_atomic_t pressed = 0;

}  // namespace

Interrupt::Interrupt() {
  pressed = 0;
  before_ = std::signal(SIGINT, [](int) { pressed = 1; });
}
Interrupt::~Interrupt() { std::signal(SIGINT, before_); }
bool Interrupt::asked() const { return pressed != 0; }

}  // namespace furrow::cli
