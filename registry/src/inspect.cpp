#include <clipwork/host/inspect.h>
#include <clipwork/host/registry.h>
#include <clipwork/plugin_note.h>
#include <clipwork/text.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <iomanip>
#include <optional>

#include "note.h"

namespace clipwork {
namespace {

std::string number(double value) {
  std::ostringstream text;
  text << std::setprecision(15) << value;
  return text.str();
}

std::string range_text(const ParameterInfo& parameter) {
  if (!parameter.choices.empty()) return "one of " + join(parameter.choices);
  if (!parameter.minimum) return {};
  // A range without an upper end has infinity there.
  if (*parameter.maximum == std::numeric_limits<double>::infinity())
    return "at least " + number(*parameter.minimum);
  return number(*parameter.minimum) + " to " + number(*parameter.maximum);
}

std::string default_text(const ParameterInfo& parameter) {
  if (parameter.required) return "required";
  return parameter.default_value.is_none() ? "none" : parameter.default_value.toml();
}

/// A component with what only its code can tell.
struct Page {
  const ComponentInfo& info;
  std::vector<ParameterInfo> parameters;
  std::shared_ptr<const Contract> contract;
  std::string no_contract;  ///< why there is none
};

Page page_of(const ComponentInfo& info) {
  Page page{info, {}, {}, {}};
  Describer describer;
  std::shared_ptr<void> parameters = info.describe(describer);
  page.parameters = describer.parameters();
  try {
    page.contract = info.contract(parameters.get(), Given());
  } catch (const std::exception& error) {
    page.no_contract = error.what();
  }
  return page;
}

std::vector<std::string> sentences_of(const Page& page) {
  std::vector<std::string> sentences = {"depends on parameters or neighbouring components: " +
                                        page.no_contract};
  if (page.contract) sentences = page.contract->sentences();
  // Components that make samples are called by all threads that read ahead.
  const std::string& kind = page.info.kind;
  const bool shared = kind == "dataset" || kind == "samples" || kind == "transform";
  sentences.push_back(shared ? "may be called by several threads at once"
                             : "is never called by two threads at once; the thread may change");
  return sentences;
}

using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void text_member(Writer& writer, const char* key, const std::string& value) {
  writer.Key(key);
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void list_member(Writer& writer, const char* key, const std::vector<std::string>& values) {
  writer.Key(key);
  writer.StartArray();
  for (const std::string& value : values)
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  writer.EndArray();
}

void write(Writer& writer, const Page& page) {
  writer.StartObject();
  text_member(writer, "kind", page.info.kind);
  text_member(writer, "name", page.info.name);
  text_member(writer, "full_name", page.info.full_name());
  text_member(writer, "sentence", page.info.sentence);
  text_member(writer, "plugin", page.info.plugin);
  text_member(writer, "version", page.info.version);
  text_member(writer, "file", page.info.file);
  writer.Key("parameters");
  writer.StartArray();
  for (const ParameterInfo& parameter : page.parameters) {
    writer.StartObject();
    text_member(writer, "name", parameter.name);
    text_member(writer, "type", type_words(parameter));
    text_member(writer, "sentence", parameter.sentence);
    text_member(writer, "default", parameter.default_value.toml());
    writer.Key("required");
    writer.Bool(parameter.required);
    if (!parameter.unit.empty()) text_member(writer, "unit", parameter.unit);
    if (!parameter.choices.empty()) list_member(writer, "choices", parameter.choices);
    // JSON has no infinity: an open end is left out.
    if (parameter.minimum) {
      writer.Key("minimum");
      writer.Double(*parameter.minimum);
    }
    if (parameter.maximum && *parameter.maximum != std::numeric_limits<double>::infinity()) {
      writer.Key("maximum");
      writer.Double(*parameter.maximum);
    }
    writer.EndObject();
  }
  writer.EndArray();
  list_member(writer, "contract", sentences_of(page));
  if (page.contract) {
    list_member(writer, "needs", page.contract->needs);
    list_member(writer, "gives", page.contract->gives);
  }
  writer.EndObject();
}

std::string cell(std::string text) {
  // A bar or the end of the line would end the cell of a Markdown table.
  std::ranges::replace(text, '\n', ' ');
  for (size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string text_page(const Page& page) {
  std::ostringstream out;
  const ComponentInfo& info = page.info;
  out << info.kind << ' ' << info.full_name() << (info.version.empty() ? "" : " " + info.version)
      << "\n  " << info.sentence << '\n';
  if (!info.file.empty()) out << "  from " << info.file << '\n';
  out << (page.parameters.empty() ? "\nno parameters\n" : "\nparameters\n");
  for (const ParameterInfo& parameter : page.parameters) {
    out << "  " << parameter.name << " = " << default_text(parameter) << "    ("
        << type_words(parameter);
    if (std::string range = range_text(parameter); !range.empty()) out << ", " << range;
    if (!parameter.unit.empty()) out << ", in " << parameter.unit;
    out << ")\n      " << parameter.sentence << '\n';
  }
  out << "\ncontract\n";
  for (const std::string& sentence : sentences_of(page)) out << "  " << sentence << '\n';
  return out.str();
}

std::string markdown_page(const Page& page) {
  std::ostringstream out;
  const ComponentInfo& info = page.info;
  out << "## " << info.kind << " `" << info.name << "`\n\n"
      << info.sentence << ". Plugin `" << info.plugin << "`.\n\n";
  if (!page.parameters.empty()) {
    out << "| parameter | type | default | range | |\n|---|---|---|---|---|\n";
    for (const ParameterInfo& parameter : page.parameters) {
      std::string fallback = default_text(parameter);
      if (!parameter.required) fallback = "`" + fallback + "`";
      if (!parameter.unit.empty()) fallback += " " + parameter.unit;
      out << "| `" << parameter.name << "` | " << cell(type_words(parameter)) << " | "
          << cell(fallback) << " | " << cell(range_text(parameter)) << " | "
          << cell(parameter.sentence) << " |\n";
    }
    out << '\n';
  }
  out << "Contract:\n\n";
  for (const std::string& sentence : sentences_of(page)) out << "* " << sentence << '\n';
  return out.str();
}

const char* yes_or_no(bool value) { return value ? "yes" : "no"; }

/// How a plugin was built: name and value.
std::vector<std::pair<std::string, std::string>> note_facts(const PluginNote& note) {
  return {{"ABI number", cat(note.abi_number)},
          {"layout", layout_text(note)},
          {"LibTorch", cat(note.torch_version, " (", note.torch_build, ")")},
          {"standard library", note.standard_library},
          {"compiler", note.compiler},
          {"new string ABI", yes_or_no(note.new_string_abi)},
          {"debug definitions", yes_or_no(note.debug != PluginNote::kNoDebug)},
          {"sanitizer", yes_or_no(note.sanitizer != PluginNote::kNoSanitizer)},
          {"fast math", yes_or_no(note.fast_math)}};
}

void write(Writer& writer, const PluginInfo& plugin) {
  writer.StartObject();
  text_member(writer, "name", plugin.name);
  text_member(writer, "version", plugin.version);
  text_member(writer, "file", plugin.file);
  text_member(writer, "sha256", plugin.sha256);
  text_member(writer, "state", plugin.state());
  text_member(writer, "reason", plugin.refusal);
  text_member(writer, "shadowed_by", plugin.shadowed_by);
  text_member(writer, "on_demand", plugin.kinds);
  list_member(writer, "remarks", plugin.remarks);
  list_member(writer, "needed", plugin.needed);
  writer.Key("note");
  writer.StartObject();
  if (plugin.note) {
    for (const auto& [name, value] : note_facts(*plugin.note))
      text_member(writer, name.c_str(), value);
  }
  writer.EndObject();
  writer.EndObject();
}

template <class Items, class Write>
std::string json_array(const Items& items, const Write& write_one) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartArray();
  for (const auto& item : items) write_one(writer, item);
  writer.EndArray();
  return buffer.GetString() + std::string("\n");
}

/// A text of several lines as a part of one that is indented.
std::string indented(std::string text, const std::string& by) {
  for (size_t at = 0; (at = text.find('\n', at)) != text.npos; at += 1 + by.size())
    text.insert(at + 1, by);
  return text;
}

}  // namespace

std::string component_page(const ComponentInfo& component, PageForm form) {
  Page page = page_of(component);
  if (form == PageForm::text) return text_page(page);
  if (form == PageForm::markdown) return markdown_page(page);
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  write(writer, page);
  return buffer.GetString() + std::string("\n");
}

std::string component_list(const std::vector<const ComponentInfo*>& components, PageForm form) {
  if (form == PageForm::json) {
    return json_array(components, [](Writer& writer, const ComponentInfo* info) {
      write(writer, page_of(*info));
    });
  }
  if (form == PageForm::markdown) {
    std::string text;
    for (const ComponentInfo* info : components)
      text += (text.empty() ? "" : "\n") + component_page(*info, form);
    return text;
  }
  std::ostringstream out;
  std::string kind;
  size_t width = 0;
  for (const ComponentInfo* info : components) width = std::max(width, info->full_name().size());
  for (const ComponentInfo* info : components) {
    if (info->kind != kind) out << (kind.empty() ? "" : "\n") << (kind = info->kind) << '\n';
    out << "  " << std::left << std::setw(static_cast<int>(width) + 2) << info->full_name()
        << info->sentence << '\n';
  }
  return out.str();
}

std::string plugin_page(const PluginInfo& plugin, PageForm form) {
  if (form == PageForm::json) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    write(writer, plugin);
    return buffer.GetString() + std::string("\n");
  }
  std::ostringstream out;
  bool marks = form == PageForm::markdown;
  out << (marks ? "## plugin `" : "plugin ") << plugin.name << (marks ? "` " : " ")
      << plugin.version << "\n\n";
  auto line = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) out << (marks ? "* " : "  ") << name << ": " << value << '\n';
  };
  line("file", plugin.file);
  line("SHA-256", plugin.sha256);
  line("state", plugin.state());
  line("reason", indented(plugin.refusal, "  "));
  line("shadowed by", plugin.shadowed_by);
  line("loaded on demand for", plugin.kinds);
  for (const std::string& remark : plugin.remarks) line("remark", remark);
  if (plugin.note) {
    for (const auto& [name, value] : note_facts(*plugin.note)) line(name, value);
  }
  line("requires", join(plugin.needed));
  return out.str();
}

std::string plugin_list(const std::vector<PluginInfo>& plugins, PageForm form) {
  if (form == PageForm::json) {
    return json_array(plugins,
                      [](Writer& writer, const PluginInfo& plugin) { write(writer, plugin); });
  }
  std::ostringstream out;
  bool marks = form == PageForm::markdown;
  if (marks) out << "| plugin | version | state | file | |\n|---|---|---|---|---|\n";
  for (const PluginInfo& plugin : plugins) {
    std::string why = plugin.refusal;
    if (!plugin.shadowed_by.empty()) why = "behind " + plugin.shadowed_by;
    if (!plugin.kinds.empty() && why.empty()) why = "for " + plugin.kinds;
    if (marks) {
      out << "| `" << plugin.name << "` | " << plugin.version << " | " << plugin.state() << " | `"
          << plugin.file << "` | " << cell(why) << " |\n";
    } else {
      out << std::left << std::setw(18) << plugin.name << ' ' << std::setw(10) << plugin.version
          << ' ' << std::setw(10) << plugin.state() << ' ' << plugin.file
          << (why.empty() ? "" : "\n    " + indented(why, "    ")) << '\n';
    }
  }
  return out.str();
}

}  // namespace clipwork
