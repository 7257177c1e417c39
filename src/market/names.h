// Invented people's names, towns, phones and addresses: Chinese (with pinyin) and international.
// Tables only; no name stands for a real person. Phones use number ranges in real form. Threads: immutable.
#pragma once
#include <string>

#include "base/random.h"

namespace furrow::market {

struct Identity {
  bool chinese = true;
  std::string family, given;              // in the person's script: 王, 小明; Garcia, Ana
  std::string family_latin, given_latin;  // ASCII: Wang, Xiaoming
  std::string city, city_latin, country;  // 上海, Shanghai, CN
  std::string phone;                      // E.164: +8613812345678
  std::string email;
  char gender = 'f';                      // f, m
  std::string full_name() const { return chinese ? family + given : given + " " + family; }
};

// `index` makes e-mail address and phone unique among one market's people.
Identity invent_identity(Random& random, size_t index);

}  // namespace furrow::market
