// SPDX-License-Identifier: MIT
// An OCI runtime configuration from options: the reverse of oci.cpp, which reads what was written to see that it says the same.
#include <nlohmann/json.hpp>

#include "convert.hpp"
#include "id_map.hpp"
#include "modifiers.hpp"
#include "oci.hpp"
#include "parse.hpp"

namespace mountplan::tool {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(const Op &op) { return op.option->name; }

[[noreturn]] void refuse(const Op &op) { throw UsageError("convert: an OCI configuration can not say " + op.typed); }

std::string last_value(const Op &op) { return op.values.back().text; }

void add_layers(const Op &op, Json &options) {
  std::string layers;
  for (auto layer = op.layers.rbegin(); layer != op.layers.rend(); ++layer) {
    layers += layers.empty() ? "" : ":";
    for (char c : *layer) {
      layers += (c == ':' || c == '\\' ? "\\" : "") + std::string(1, c);
    }
  }
  options.push_back("lowerdir=" + layers);
  if (op.values.size() == 3) {
    options.push_back("upperdir=" + op.values[0].text);
    options.push_back("workdir=" + op.values[1].text);
  }
}

void add_id_map(const Op &op, Json &mount) {
  IdMap map = parse_id_map(op.id_map);
  if (!map.path.empty()) {
    refuse(op);
  }
  for (auto [key, ranges] : {std::pair("uidMappings", &map.users), {"gidMappings", &map.groups}}) {
    for (const IdRange &range : *ranges) {
      mount[key].push_back({{"containerID", range.on_disk}, {"hostID", range.shown}, {"size", range.count}});
    }
  }
}

// An entry of mounts.
Json mount_of(const Op &op) {
  static constexpr std::pair<std::string_view, const char *> types[] = {
      {"--tmpfs", "tmpfs"},   {"--new-proc", "proc"}, {"--sysfs", "sysfs"},     {"--devpts", "devpts"},
      {"--mqueue", "mqueue"}, {"--ramfs", "ramfs"},   {"--bpf", "bpf"},         {"--bind", "bind"},
      {"--dev-bind", "bind"}, {"--ro-bind", "bind"},  {"--overlay", "overlay"}, {"--ro-overlay", "overlay"}};
  const char *type = nullptr;
  for (auto [option, known] : types) {
    type = name_of(op) == option ? known : type;
  }
  if (type == nullptr) {
    refuse(op);
  }
  Json mount = {{"destination", last_value(op)}, {"type", type}};
  Json options = Json::array();
  if (type == std::string_view("bind")) {
    mount["source"] = op.values[0].text;
    options.push_back(op.alone ? "bind" : "rbind");
    if (name_of(op) != "--dev-bind") {
      options.push_back("nodev");
    }
    if (name_of(op) == "--ro-bind") {
      options.push_back("ro");
    }
  } else if (type == std::string_view("overlay")) {
    add_layers(op, options);
  }
  for (const Given &given : op.given) {
    switch (given.option->modifiers) {
      case takes_mode:
        options.push_back("mode=" + given.text);
        break;
      case takes_size:
        options.push_back("size=" + given.text);
        break;
      case takes_inodes:
        options.push_back("nr_inodes=" + given.text);
        break;
      case takes_attributes:
        for (const std::string &word : split_words(given.text, ',')) {
          options.push_back(word);
        }
        break;
      case takes_flags:
        for (const std::string &word : split_words(given.text, ',')) {
          if (type == std::string_view("overlay")) {
            options.push_back(word == "redirect-dir" ? "redirect_dir=on" : word == "volatile" ? word : word + "=on");
          } else if (word != "alone") {
            options.push_back(word);
          }
        }
        break;
      case takes_id_map:
        add_id_map(op, mount);
        break;
      case takes_layers:
        break;
      default:
        refuse(op);
    }
  }
  if (!options.empty()) {
    mount["options"] = options;
  }
  return mount;
}

// What a runtime supplies in a /dev of its own is not written.
bool is_supplied(const Op &op) {
  bool device = name_of(op) == "--dev-bind" && op.values[0].text == op.values[1].text;
  return (device || name_of(op) == "--symlink") && op.given.empty() && last_value(op).starts_with("/dev/");
}

void add_op(const Op &op, Json &config, bool &own_dev) {
  Json &mounts = config["mounts"];
  std::string target = last_value(op);
  if (own_dev && is_supplied(op)) {
    return;
  }
  if (name_of(op) == "--mask") {
    config["linux"]["maskedPaths"].push_back(target);
  } else if (name_of(op) == "--remount-ro" && target == "/") {
    config["root"]["readonly"] = true;
  } else if (name_of(op) == "--remount-ro" || name_of(op) == "--ro-bind-try") {
    config["linux"]["readonlyPaths"].push_back(target);
  } else if (name_of(op) == "--propagation" && target == "/") {
    config["linux"]["rootfsPropagation"] = op.values[0].text;
  } else if (name_of(op) == "--propagation" && !mounts.empty() && mounts.back()["destination"] == target) {
    mounts.back()["options"].push_back(op.values[0].text);
  } else {
    mounts.push_back(mount_of(op));
    own_dev = own_dev || (target == "/dev" && name_of(op) == "--tmpfs");
  }
}

}  // namespace

std::string oci_text(const Request &request) {
  if (!request.settings.empty()) {
    throw UsageError(std::string("convert: the mounts of an OCI configuration can not say ") + request.settings[0].option->name);
  }
  if (request.ops.empty() || name_of(request.ops[0]) != "--dev-bind" || last_value(request.ops[0]) != "/" ||
      !request.ops[0].given.empty()) {
    throw UsageError("convert: an OCI configuration needs a root, which is a first option --dev-bind DIR /");
  }
  Json config = {{"ociVersion", "1.2.0"}, {"root", {{"path", request.ops[0].values[0].text}}}, {"mounts", Json::array()}};
  bool own_dev = false;
  for (size_t i = 1; i < request.ops.size(); i++) {
    add_op(request.ops[i], config, own_dev);
  }
  std::string text;
  try {
    text = config.dump(2) + '\n';
  } catch (const Json::exception &) {
    throw UsageError("convert: a path or text is not UTF-8, which a configuration has to be");
  }
  Words again;
  std::vector<std::string> notes;
  for (Word &word : words_of_oci("converted", text, {}, notes)) {
    again.push_back(std::move(word.text));
  }
  Request read = parse_options("convert", again);
  std::vector<std::string> wanted = split_words(options_text(request), '\n');
  std::vector<std::string> found = split_words(options_text(read), '\n');
  for (size_t i = 0; i < wanted.size(); i++) {
    if (i >= found.size() || wanted[i] != found[i]) {
      throw UsageError("convert: an OCI configuration can not say this, or not in this place: " +
                       (wanted[i].empty() ? found[i] : wanted[i]));
    }
  }
  return text;
}

}  // namespace mountplan::tool
