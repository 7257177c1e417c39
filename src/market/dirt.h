// How real exports spoil good data: the same phone in ten forms, mistyped addresses, swapped names, full-width letters.
// Each function takes the true value and gives what a system might hold instead. Threads: none shared.
#pragma once
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/time.h"
#include "market/names.h"

namespace furrow::market {

// ASCII letters, digits and punctuation as their full-width forms (U+FF01 … U+FF5E).
std::string full_width(std::string_view ascii);
// One of: E.164, national, spaced, dashed, 0086…, in brackets, full-width; never another number.
std::string phone_form(Random& random, const Identity& person);
// Mostly right; else upper case, stray blanks, a slip of two letters, a lost letter, a mistyped domain.
std::string email_form(Random& random, std::string_view email);
// In the person's script or in Latin letters; family and given name may be swapped, titled, upper case or padded.
std::string name_form(Random& random, const Identity& person);
// What a cell looks like after years in several systems (with `real_dirt`), the meaning kept: stray blanks, full width, N/A for
// nothing; dates in the forms of six systems; amounts with currency signs and groups; genders in codes.
std::string worn_text(Random& random, std::string text);
std::string worn_email(Random& random, std::string email);
std::string worn_date(Random& random, int year, int month, int day);
std::string worn_amount(Random& random, double amount);
std::string worn_gender(Random& random, char gender);
// A slip of two neighbouring ASCII letters or one letter lost; texts shorter than four stay.
std::string slip(Random& random, std::string_view text);

// "%Y-%m-%d"-like forms of the civil date and local time of `time` in Chinese time (UTC+8).
std::string local_date(Time time, std::string_view separator, bool day_first);
std::string local_minute(Time time);  // "05.03.2026 21:07"

}  // namespace furrow::market
