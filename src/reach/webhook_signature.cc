#include "reach/webhook_signature.h"

#include <fmt/format.h>
#include <sodium.h>

namespace furrow::reach {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr size_t kNewSecretBytes = 32, kLeastSecretBytes = 24, kMostSecretBytes = 64;

std::string base64(const unsigned char* bytes, size_t size) {
  std::string out(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes, size, sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // the final zero
  return out;
}

}  // namespace

std::string new_webhook_secret() {
  FURROW_ASSERT(sodium_init() >= 0);
  unsigned char bytes[kNewSecretBytes];
  randombytes_buf(bytes, sizeof bytes);
  return std::string(kSecretPrefix) + base64(bytes, sizeof bytes);
}

Result<std::string> webhook_secret_bytes(std::string_view secret) {
  std::string bytes(kMostSecretBytes + 1, '\0');
  size_t size = 0;
  const std::string_view text = secret.starts_with(kSecretPrefix) ? secret.substr(kSecretPrefix.size()) : std::string_view();
  if (text.empty() || sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                                        sodium_base64_VARIANT_ORIGINAL) != 0 || size < kLeastSecretBytes || size > kMostSecretBytes) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("a webhook's secret is {} and base64 of {} to {} bytes", kSecretPrefix, kLeastSecretBytes, kMostSecretBytes));
  }
  bytes.resize(size);
  return bytes;
}

std::string sign_webhook(std::string_view secret, std::string_view id, Time time, std::string_view body) {
  const std::string head = fmt::format("{}.{}.", id, time.micros / 1'000'000);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(head.data()), head.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(body.data()), body.size());
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_final(&state, mac);
  return "v1," + base64(mac, sizeof mac);
}

}  // namespace furrow::reach
