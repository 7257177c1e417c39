// E-mail addresses: one spelling, checked by RFC 5321/5322 as mailboxes are really given.
//
// Standard form: width folded, no blanks, "mailto:" and <> and a display name gone, lower case (also the local part: no
// provider in use tells case apart), the domain in lower case. A mistyped domain (gmial.com, qq.con) is flagged, never
// changed: the address may be real. Threads: any. Cost: under 0.3 µs.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace furrow::govern {

struct Email {
  std::string address;
  std::string suspected_domain;  // what the domain was probably meant to be; "" when it looks fine
  bool role = false;             // info@, sales@, noreply@ …: a desk, not a person
};

// Nothing when no mailbox can be read from it.
std::optional<Email> read_email(std::string_view text);
bool is_standard_email(std::string_view text);

}  // namespace furrow::govern
