#pragma once
// Parameters, described once. A component has a struct of plain members with their defaults and one
// function:
//
//   struct Parameters {
//     int64_t buffer = 1;
//     std::string assignment = "hungarian";
//     void describe(clipwork::Describer& d) {
//       d("buffer", buffer, "past frames that are averaged").range(1, 1000).unit("frames");
//       d("assignment", assignment, "how rows are linked").choices({"hungarian", "greedy"});
//     }
//   };
//
// From it come parsing, range checks, `inspect`, the reference pages, and errors with
// file:line:column and the nearest name.

#include <clipwork/component.h>
#include <clipwork/error.h>
#include <clipwork/value.h>

#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

/// A parameter as people read it.
struct ParameterInfo {
  std::string name, sentence;
  /// "integer", "number", "boolean", "text", "list of integers", "component (decoder)", ...
  std::string type;
  std::string default_value;  ///< as TOML; empty where there is none
  bool required = false;      ///< must be given; the default means nothing
  std::string unit;
  std::vector<std::string> choices;
  std::optional<double> minimum, maximum;
};

/// A parameter that refers to another component: a table makes one, "@model.tracker" shares the one
/// that is there.
class __attribute__((visibility("default"))) RefBase {
 public:
  explicit RefBase(std::string kind) : kind(std::move(kind)) {}
  virtual ~RefBase();
  std::string kind;
  Value config;  ///< the table, or the "@..." text; none where the config gave nothing
  /// Of the component referred to; filled before the owner's contract is asked for.
  Contract contract;
  std::shared_ptr<Component> component;  ///< filled before the owner is built
};

template <class Kind>
class Ref : public RefBase {
 public:
  Ref() : RefBase(Kind::kKind) {}
  Kind& operator*() const { return dynamic_cast<Kind&>(*component); }
  Kind* operator->() const { return &**this; }
};

/// Any number of components of one kind, each under a name of the config's choice, in the order in
/// which they stand there: `[loss.terms.dice]`. Tables of files that extend each other merge by
/// these names.
class __attribute__((visibility("default"))) RefsBase {
 public:
  explicit RefsBase(std::string kind) : kind(std::move(kind)) {}
  virtual ~RefsBase();
  std::string kind;
  /// Name and component; elements never move, so that they may be pointed at.
  std::deque<std::pair<std::string, RefBase>> entries;
};

template <class Kind>
class Refs : public RefsBase {
 public:
  Refs() : RefsBase(Kind::kKind) {}
  Kind& operator[](size_t i) const { return dynamic_cast<Kind&>(*entries[i].second.component); }
};

/// Faults found in configs, collected so that all are reported at once, in the order of files and
/// lines.
class __attribute__((visibility("default"))) Faults {
 public:
  void add(Origin origin, std::string problem, std::string advice = {});
  bool empty() const { return faults_.empty(); }
  size_t size() const { return faults_.size(); }
  /// Throws one InputError that lists all of them, if there are any.
  void raise() const;
  /// One line a fault: "file:line:column: problem; advice".
  std::string text() const;
  struct Fault {
    Origin origin;
    std::string problem, advice;
    bool operator==(const Fault& other) const;
  };
  /// By file, line and column; what was found twice stands once.
  std::vector<Fault> sorted() const;

 private:
  std::vector<Fault> faults_;
};

/// Visits the parameters of one struct: reads them from a config table, or lists them.
class __attribute__((visibility("default"))) Describer {
 public:
  /// Lists only; values stay as they are.
  Describer();
  /// Reads from `table` (may be null: all defaults). `where` names the table in messages
  /// ("model.decoder"). Keys in `known` belong to somebody else ("type") and are not reported as
  /// unknown.
  Describer(const Value* table, std::string where, Faults& faults,
            std::vector<std::string> known = {});

  class Entry {
   public:
    /// Limits, both included.
    Entry& range(double minimum, double maximum = std::numeric_limits<double>::infinity());
    Entry& choices(std::vector<std::string> values);
    Entry& unit(std::string unit);
    /// The value must be given.
    Entry& required();

   private:
    friend class Describer;
    Entry(Describer& owner, size_t index);
    Describer& owner_;
    size_t index_;
  };

  Entry operator()(const char* name, bool& value, const char* sentence);
  Entry operator()(const char* name, int64_t& value, const char* sentence);
  Entry operator()(const char* name, double& value, const char* sentence);
  Entry operator()(const char* name, std::string& value, const char* sentence);
  Entry operator()(const char* name, std::vector<int64_t>& value, const char* sentence);
  Entry operator()(const char* name, std::vector<double>& value, const char* sentence);
  Entry operator()(const char* name, std::vector<std::string>& value, const char* sentence);
  Entry operator()(const char* name, std::map<std::string, std::string>& value,
                   const char* sentence);
  Entry operator()(const char* name, RefBase& value, const char* sentence);
  Entry operator()(const char* name, RefsBase& value, const char* sentence);
  /// A number for each name or pattern.
  Entry operator()(const char* name, std::vector<std::pair<std::string, double>>& value,
                   const char* sentence);
  /// An integer, or the word that stands for "none": d.maybe("length", length, "video", "frames a
  /// window").
  Entry maybe(const char* name, std::optional<int64_t>& value, const char* word,
              const char* sentence);

  /// Text that names a file or folder of data. A relative one lies below $CLIPWORK_DATA if it is
  /// there, else below the folder of the config that names it if it is there; else it stays as it
  /// is.
  Entry file(const char* name, std::string& value, const char* sentence);

  /// Reports keys of the table that nobody described, each with the nearest name. Called once, at
  /// the end.
  void finish();

  /// What is wrong with the description itself, one sentence each: a default outside its own range
  /// or choices, a name twice. A given value is checked when it is read, a default is trusted.
  std::vector<std::string> mistakes() const;

  const std::vector<ParameterInfo>& parameters() const { return parameters_; }
  /// The component references met, by parameter name.
  const std::vector<std::pair<std::string, RefBase*>>& references() const { return references_; }
  bool reading() const { return faults_ != nullptr; }

 private:
  friend class Entry;
  /// What a parameter holds beside its description.
  struct Held {
    const Value* given = nullptr;  ///< what the table gives, if it is of the right type
    Value fallback;                ///< the default
  };
  const Value* take(const char* name, const char* sentence, std::string type, Value fallback);
  Entry last();
  template <class T>
  Entry read_scalar(const char* name, T& value, const char* sentence);
  template <class T>
  Entry read_list(const char* name, std::vector<T>& value, const char* sentence);
  std::string path(const std::string& name) const;
  void wrong_type(const Value& value, const std::string& name, const std::string& wanted,
                  std::string advice = {});
  const Value* table_ = nullptr;
  std::string where_;
  Faults* faults_ = nullptr;
  std::vector<std::string> known_;
  std::vector<ParameterInfo> parameters_;
  std::vector<std::pair<std::string, RefBase*>> references_;
  std::vector<Held> held_;  ///< one a parameter
};

/// Reads a parameter struct from a table, collecting faults.
template <class Parameters>
Parameters read_parameters(const Value* table, const std::string& where, Faults& faults,
                           std::vector<std::string> known = {}) {
  Parameters parameters;
  Describer describer(table, where, faults, std::move(known));
  parameters.describe(describer);
  describer.finish();
  return parameters;
}

}  // namespace clipwork
