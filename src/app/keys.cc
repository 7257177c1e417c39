#include "app/keys.h"

#include <fmt/format.h>
#include <sodium.h>

#include "app/secret_file.h"

namespace furrow::app {
namespace {

namespace fs = std::filesystem;

// 32 letters of 5 bits: 160 bits of the system's randomness, safe in headers, URLs and shells.
std::string random_key(std::string_view prefix) {
  constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz123456789";
  static_assert(kLetters.size() == 32);
  unsigned char bytes[32];
  randombytes_buf(bytes, sizeof bytes);
  std::string key(prefix);
  for (unsigned char byte : bytes) key += kLetters[byte % 32];
  return key;
}

}  // namespace

Result<Keys> read_keys(const fs::path& workspace) {
  FURROW_ASSIGN(const SecretFile file, read_secret_file(workspace, kKeysPath, "the keys"));
  Keys keys;
  for (const Secret& secret : file.secrets) {
    std::string* key = secret.name == "write_key" ? &keys.write_key : secret.name == "api_key" ? &keys.api_key : nullptr;
    if (!key) return Error(ErrorCode::kInvalidWorkspace, "a line must be write_key=… or api_key=…").at(kKeysPath, secret.line);
    *key = secret.value;
    if (key->size() < kLeastKeyLetters) {
      return Error(ErrorCode::kInvalidWorkspace, fmt::format("the {} must have at least {} letters", secret.name, kLeastKeyLetters)).at(kKeysPath, secret.line);
    }
  }
  if (keys.write_key.empty() || keys.api_key.empty()) {
    return Error(ErrorCode::kInvalidWorkspace, fmt::format("{} is missing", keys.write_key.empty() ? "write_key" : "api_key")).at(kKeysPath);
  }
  return keys;
}

Result<Keys> ensure_keys(const fs::path& workspace) {
  auto present = read_keys(workspace);
  if (present || present.error().code() != ErrorCode::kNotFound) return present;
  if (sodium_init() < 0) return Error(ErrorCode::kInternal, "libsodium cannot start");
  Keys keys{random_key("wk_"), random_key("ak_")};
  FURROW_TRY(write_secret_file(workspace, kKeysPath, fmt::format("write_key={}\napi_key={}\n", keys.write_key, keys.api_key)));
  return keys;
}

}  // namespace furrow::app
