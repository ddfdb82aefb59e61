#include "checkpoint/pickle.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "checkpoint/constructors.h"

namespace clipwork::pickle {
namespace {

using Kind = Value::Kind;

constexpr size_t kMaxText = 64 << 20;
constexpr Ref kNothing = std::numeric_limits<Ref>::max();

class Machine {
 public:
  Machine(ByteReader& in, Data& data, StorageFinder* finder)
      : in_(in), data_(data), make_(in, data, finder) {}

  Ref run() {
    make_.position = in_.position();
    if (in_.take<uint8_t>() != 0x80) make_.refuse("is not a pickle of protocol 2 to 5");
    auto protocol = in_.take<uint8_t>();
    if (protocol < 2 || protocol > 5) {
      make_.refuse(cat("has pickle protocol ", int{protocol}, ", expected 2 to 5"));
    }
    do {
      make_.position = in_.position();
    } while (step(in_.take<uint8_t>()));
    if (stack_.size() != 1 || !marks_.empty()) make_.refuse("ends with values left over");
    return stack_[0];
  }

 private:
  ByteReader& in_;
  Data& data_;
  Constructors make_;
  std::vector<Ref> stack_, memo_;
  std::vector<size_t> marks_;
  size_t pushed_ = 0;

  void push(Ref ref) {
    if (++pushed_ > Data::kMaxItems) make_.refuse("contains more than 10 million values");
    stack_.push_back(ref);
  }
  void push(Kind kind, decltype(Value::content) content = int64_t{0}) {
    push(make_.add(kind, std::move(content)));
  }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  Ref top() const {
    if (stack_.size() <= floor()) make_.refuse("takes a value that is not on the stack");
    return stack_.back();
  }
  Ref pop() {
    Ref ref = top();
    stack_.pop_back();
    return ref;
  }
  void mark() {
    if (marks_.size() == Data::kMaxDepth) make_.refuse("nests values more than 64 deep");
    marks_.push_back(stack_.size());
  }
  std::vector<Ref> pop_to_mark() {
    if (marks_.empty()) make_.refuse("ends a group of values that was not begun");
    std::vector<Ref> items(stack_.begin() + static_cast<ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  std::vector<Ref> pop_many(size_t count) {
    std::vector<Ref> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }

  void remember(size_t index) {
    if (index >= Data::kMaxItems) make_.refuse("memoizes more than 10 million values");
    if (index >= memo_.size()) memo_.resize(index + 1, kNothing);
    memo_[index] = top();
  }
  void recall(size_t index) {
    if (index >= memo_.size() || memo_[index] == kNothing) {
      make_.refuse("refers to a memo that was not set");
    }
    push(memo_[index]);
  }

  void push_text(uint64_t length) {
    if (length > kMaxText) make_.refuse(cat("contains a string of ", length, " bytes"));
    push(Kind::text, in_.take_bytes(length));
  }
  void push_bytes(uint64_t length) { push(Kind::bytes, in_.take_bytes(length)); }
  void push_long(uint64_t length) {
    std::string_view bytes = in_.take_bytes(length);
    if (length > sizeof(int64_t)) return push(Kind::large, bytes);
    int64_t value = length > 0 && (bytes.back() & 0x80) ? -1 : 0;
    std::memcpy(&value, bytes.data(), length);
    push(Kind::integer, value);
  }
  void push_real() {
    std::string bytes(in_.take_bytes(sizeof(double)));
    std::reverse(bytes.begin(), bytes.end());
    double value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    push(Kind::real, value);
  }

  void add_to(Ref holder, const std::vector<Ref>& items, Kind kind) {
    if (data_[holder].kind != kind && data_[holder].kind != Kind::opaque) {
      make_.refuse("adds to a value of the wrong type");
    }
    if (kind == Kind::dict && items.size() % 2 != 0) make_.refuse("has a key without a value");
    for (Ref item : items) make_.append(holder, item);
  }

  void push_global(Ref module, Ref name) {
    if (data_[module].kind != Kind::text || data_[name].kind != Kind::text) {
      make_.refuse("names a global with something other than strings");
    }
    push(make_.add_holder(Kind::global, {module, name}));
  }
  Ref take_line() { return make_.add(Kind::text, in_.take_line()); }

  void call(Ref callable, std::vector<Ref> arguments) {
    push(make_.call(callable, make_.add_holder(Kind::tuple, std::move(arguments))));
  }

  bool step(uint8_t code);
};

/// Does what one opcode says; false at the end.
bool Machine::step(uint8_t code) {
  switch (code) {
    case '.':  // STOP
      return false;
    case 0x95:  // FRAME
      if (in_.take<uint64_t>() > in_.left()) make_.refuse("has a frame longer than the file");
      break;

    case 'N':
      push(Kind::none);
      break;
    case 0x88:  // NEWTRUE
      push(Kind::boolean, int64_t{1});
      break;
    case 0x89:  // NEWFALSE
      push(Kind::boolean, int64_t{0});
      break;
    case 'J':  // BININT
      push(Kind::integer, int64_t{in_.take<int32_t>()});
      break;
    case 'K':  // BININT1
      push(Kind::integer, int64_t{in_.take<uint8_t>()});
      break;
    case 'M':  // BININT2
      push(Kind::integer, int64_t{in_.take<uint16_t>()});
      break;
    case 0x8a:  // LONG1
      push_long(in_.take<uint8_t>());
      break;
    case 0x8b:  // LONG4
      push_long(in_.take<uint32_t>());
      break;
    case 'G':  // BINFLOAT
      push_real();
      break;
    case 0x8c:  // SHORT_BINUNICODE
      push_text(in_.take<uint8_t>());
      break;
    case 'X':  // BINUNICODE
      push_text(in_.take<uint32_t>());
      break;
    case 0x8d:  // BINUNICODE8
      push_text(in_.take<uint64_t>());
      break;
    case 'U':  // SHORT_BINSTRING
    case 'C':  // SHORT_BINBYTES
      push_bytes(in_.take<uint8_t>());
      break;
    case 'T':  // BINSTRING
    case 'B':  // BINBYTES
      push_bytes(in_.take<uint32_t>());
      break;
    case 0x8e:  // BINBYTES8
    case 0x96:  // BYTEARRAY8
      push_bytes(in_.take<uint64_t>());
      break;

    case '(':
      mark();
      break;
    case '0':  // POP, which also takes a mark away
      if (stack_.size() == floor() && !marks_.empty()) {
        marks_.pop_back();
      } else {
        pop();
      }
      break;
    case '1':  // POP_MARK
      pop_to_mark();
      break;
    case '2':  // DUP
      push(top());
      break;

    case ')':
      push(make_.add_holder(Kind::tuple, {}));
      break;
    case 't':
      push(make_.add_holder(Kind::tuple, pop_to_mark()));
      break;
    case 0x85:  // TUPLE1
    case 0x86:
    case 0x87:  // TUPLE3
      push(make_.add_holder(Kind::tuple, pop_many(code - 0x84)));
      break;
    case ']':
      push(make_.add_holder(Kind::list, {}));
      break;
    case 'l':
      push(make_.add_holder(Kind::list, pop_to_mark()));
      break;
    case 'a': {  // APPEND
      std::vector<Ref> item = pop_many(1);
      add_to(top(), item, Kind::list);
      break;
    }
    case 'e': {  // APPENDS
      std::vector<Ref> items = pop_to_mark();
      add_to(top(), items, Kind::list);
      break;
    }
    case '}':
      push(make_.add_holder(Kind::dict, {}));
      break;
    case 'd': {  // DICT
      std::vector<Ref> items = pop_to_mark();
      push(make_.add_holder(Kind::dict, {}));
      add_to(top(), items, Kind::dict);
      break;
    }
    case 's': {  // SETITEM
      std::vector<Ref> item = pop_many(2);
      add_to(top(), item, Kind::dict);
      break;
    }
    case 'u': {  // SETITEMS
      std::vector<Ref> items = pop_to_mark();
      add_to(top(), items, Kind::dict);
      break;
    }
    case 0x8f:  // EMPTY_SET
      push(make_.add_holder(Kind::set, {}));
      break;
    case 0x90: {  // ADDITEMS
      std::vector<Ref> items = pop_to_mark();
      add_to(top(), items, Kind::set);
      break;
    }
    case 0x91:  // FROZENSET
      push(make_.add_holder(Kind::set, pop_to_mark()));
      break;

    case 'h':  // BINGET
      recall(in_.take<uint8_t>());
      break;
    case 'j':  // LONG_BINGET
      recall(in_.take<uint32_t>());
      break;
    case 'q':  // BINPUT
      remember(in_.take<uint8_t>());
      break;
    case 'r':  // LONG_BINPUT
      remember(in_.take<uint32_t>());
      break;
    case 0x94:  // MEMOIZE
      remember(memo_.size());
      break;

    case 'c': {  // GLOBAL
      Ref module = take_line();
      push_global(module, take_line());
      break;
    }
    case 0x93: {  // STACK_GLOBAL
      std::vector<Ref> names = pop_many(2);
      push_global(names[0], names[1]);
      break;
    }
    case 'i': {  // INST
      Ref module = take_line();
      push_global(module, take_line());
      Ref callable = pop();
      call(callable, pop_to_mark());
      break;
    }
    case 'o': {  // OBJ
      std::vector<Ref> items = pop_to_mark();
      if (items.empty()) make_.refuse("builds an object without a class");
      call(items[0], std::vector<Ref>(items.begin() + 1, items.end()));
      break;
    }
    case 'R':     // REDUCE
    case 0x81: {  // NEWOBJ
      std::vector<Ref> both = pop_many(2);
      push(make_.call(both[0], both[1]));
      break;
    }
    case 0x92: {  // NEWOBJ_EX: with arguments by name, which no tensor needs
      std::vector<Ref> parts = pop_many(3);
      push(make_.add_holder(Kind::opaque, std::move(parts)));
      break;
    }
    case 'b': {  // BUILD
      Ref state = pop();
      make_.build(top(), state);
      break;
    }
    case 'Q':  // BINPERSID
      push(make_.persistent(pop()));
      break;

    default:
      make_.refuse(cat("contains the opcode ", int{code},
                       ", which is unknown or not allowed in a file of weights"));
  }
  return true;
}

}  // namespace

Ref Data::add(Value value) {
  values_.push_back(std::move(value));
  return static_cast<Ref>(values_.size() - 1);
}

Ref read(ByteReader& reader, Data& data, StorageFinder* finder) {
  return Machine(reader, data, finder).run();
}

std::string describe_global(const Data& data, const Value& value) {
  const Value* global = &value;
  for (size_t i = 0; i < Data::kMaxDepth && global->kind == Kind::opaque; ++i) {
    global = &data[global->items()[0]];
  }
  if (global->kind == Kind::text) {
    return cat("the element type '", printable_part(global->text()), "' (byte ", global->position,
               ")");
  }
  if (global->kind != Kind::global) return cat("something (byte ", value.position, ")");
  return cat("'", printable_part(data[global->items()[0]].text()), ".",
             printable_part(data[global->items()[1]].text()), "' (byte ", global->position, ")");
}

}  // namespace clipwork::pickle
