// How a receiver knows that a message is ours: Standard Webhooks 1.0 (standardwebhooks.com), HMAC-SHA256.
//
//   webhook-id: the message          webhook-timestamp: seconds since 1970
//   webhook-signature: v1,BASE64(HMAC-SHA256(secret, id + "." + timestamp + "." + body))
// A secret is written "whsec_" and base64 of 24 to 64 bytes. Libraries of that standard check it in a dozen languages.
// Threads: pure functions (libsodium is initialised by new_webhook_secret).
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace furrow::reach {

// 32 bytes of the system's randomness.
std::string new_webhook_secret();
// The bytes of a secret as written; kInvalidArgument (which does not repeat it) when it is none.
Result<std::string> webhook_secret_bytes(std::string_view secret);
// The value of webhook-signature.
std::string sign_webhook(std::string_view secret_bytes, std::string_view id, Time time, std::string_view body);

}  // namespace furrow::reach
