#include "cli/operator_name.h"

#include <pwd.h>
#include <unistd.h>

namespace furrow::cli {

std::string operator_name() {
  const passwd* user = ::getpwuid(::getuid());
  return user && *user->pw_name ? user->pw_name : "command line";
}

}  // namespace furrow::cli
