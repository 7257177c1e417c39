// Numbers that check themselves: Chinese ID cards (GB 11643), bank cards (Luhn, ISO/IEC 7812), IP addresses (RFC 4291, 791).
// Pure and total; threads: any.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace furrow::govern {

struct IdCard {
  std::string number;  // 18 characters; 15-digit ones are lengthened by GB 11643's rule
  CivilDate born{};
  char gender = 'f';
  int32_t region = 0;  // GB/T 2260 code, as it was when the card was first issued
};
// Blanks and dashes go, x becomes X. Nothing when the province, the date or the check character is wrong.
std::optional<IdCard> read_id_card(std::string_view text);
// Why it is none, for one of 15 or 18 characters: "its check character should be 3".
std::string id_card_fault(std::string_view text);

// Of 12 to 19 digits, as cards have them.
bool passes_luhn(std::string_view digits);

// IPv4 and IPv6 in RFC 5952 form (lower case, shortest). Leading zeros in IPv4 are refused: some readers take them as octal.
std::optional<std::string> read_ip(std::string_view text);

// http(s) and other absolute URLs, or "www.…": scheme and host in lower case, the rest as it is.
std::optional<std::string> read_url(std::string_view text);

}  // namespace furrow::govern
