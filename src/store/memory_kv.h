// KvStore in memory, for rebuilding views in `furrow verify` and for tests of views. Nothing survives the process.
// A cursor keeps the state it was opened on: a write while one lives copies the space first.
#pragma once
#include <memory>

#include "store/kv.h"

namespace furrow::store {

std::unique_ptr<KvStore> make_memory_kv();

}  // namespace furrow::store
