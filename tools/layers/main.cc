#include <iostream>

#include "layers/layers.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: check_layers ROOT\n";
    return 2;
  }
  auto faults = layers::check_tree(argv[1]);
  for (const auto& fault : faults) std::cerr << fault << '\n';
  return faults.empty() ? 0 : 1;
}
