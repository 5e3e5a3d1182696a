package org.moraine.engine.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.tokenizer.Message;

/** Reads one line: a JSON object of one of the three kinds, every field that matters checked. */
final class LineReader {

    private static final int DEEPEST = 64;
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");
    private static final TypeReference<LinkedHashMap<String, @Nullable Object>> MAP = new TypeReference<>() {};
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private LineReader() {}

    static ExampleLine read(String line) throws BadLine {
        JsonNode node = parse(line);
        if (!node.isObject()) {
            throw new BadLine("", "a line is one JSON object, not " + kind(node));
        }
        boolean chat = node.has("messages");
        boolean completion = node.has("prompt") || node.has("completion");
        boolean text = node.has("text");
        if ((chat ? 1 : 0) + (completion ? 1 : 0) + (text ? 1 : 0) != 1) {
            throw new BadLine("", "a line has either messages, or prompt and completion, or text");
        }
        if (chat) {
            return chat(node);
        }
        return completion
                ? new ExampleLine.Completion(
                        string(node, "prompt", "prompt"),
                        filled(string(node, "completion", "completion"), "completion"))
                : new ExampleLine.Text(filled(string(node, "text", "text"), "text"));
    }

    private static JsonNode parse(String line) throws BadLine {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new BadLine("", "the line is not JSON: " + reason + (column > 0 ? " at column " + column : ""));
        }
    }

    private static ExampleLine chat(JsonNode node) throws BadLine {
        JsonNode list = node.get("messages");
        if (!list.isArray() || list.isEmpty()) {
            throw new BadLine("messages", "messages is a list of at least one message, not " + kind(list));
        }
        List<Message> messages = new ArrayList<>();
        List<Boolean> learnt = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String path = "messages[" + i + "]";
            if (!(list.get(i) instanceof ObjectNode message)) {
                throw new BadLine(path, "a message is an object, not " + kind(list.get(i)));
            }
            learnt.add(learnt(message, path));
            messages.add(message(message, path));
        }
        if (!learnt.contains(true)) {
            throw new BadLine("messages", "there is no assistant message of weight 1, so nothing to learn");
        }
        return new ExampleLine.Chat(List.copyOf(messages), List.copyOf(learnt), tools(node));
    }

    private static boolean learnt(ObjectNode message, String path) throws BadLine {
        String role = string(message, "role", path + ".role");
        if (!ROLES.contains(role)) {
            throw new BadLine(path + ".role", "a role is system, developer, user, assistant or tool");
        }
        JsonNode weight = message.get("weight");
        if (weight == null || weight.isNull()) {
            return role.equals("assistant");
        }
        if (!role.equals("assistant")) {
            throw new BadLine(path + ".weight", "only an assistant's message has a weight");
        }
        if (!weight.isNumber() || (weight.doubleValue() != 0 && weight.doubleValue() != 1)) {
            throw new BadLine(path + ".weight", "a weight is 0 or 1");
        }
        return weight.doubleValue() == 1;
    }

    /** The message with its content as one string, the role as templates know it, and calls with parsed arguments. */
    private static Message message(ObjectNode message, String path) throws BadLine {
        String role = message.get("role").textValue();
        Map<String, @Nullable Object> fields = JSON.convertValue(message, MAP);
        fields.remove("weight");
        fields.put("role", role.equals("developer") ? "system" : role);
        JsonNode name = message.get("name");
        if (name != null && !name.isTextual()) {
            throw new BadLine(path + ".name", "a name is a string, not " + kind(name));
        }
        boolean calls = calls(message, fields, path);
        fields.put("content", content(message, path, role.equals("assistant") && calls));
        return new Message(fields);
    }

    private static String content(ObjectNode message, String path, boolean mayBeAbsent) throws BadLine {
        JsonNode content = message.get("content");
        if (content == null || content.isNull()) {
            if (mayBeAbsent) {
                return "";
            }
            throw new BadLine(path + ".content", "the message has no content");
        }
        if (!content.isArray()) {
            return string(message, "content", path + ".content");
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            String part = path + ".content[" + i + "]";
            JsonNode type = content.get(i).path("type");
            if (!type.asText().equals("text")) {
                throw new BadLine(part + ".type", "only parts of type text can be trained on");
            }
            text.append(string(content.get(i), "text", part + ".text"));
        }
        return text.toString();
    }

    private static boolean calls(ObjectNode message, Map<String, @Nullable Object> fields, String path) throws BadLine {
        JsonNode calls = message.get("tool_calls");
        if (calls == null || calls.isNull()) {
            return false;
        }
        if (!calls.isArray()) {
            throw new BadLine(path + ".tool_calls", "tool_calls is a list, not " + kind(calls));
        }
        for (int i = 0; i < calls.size(); i++) {
            String call = path + ".tool_calls[" + i + "].function";
            if (!(calls.get(i).get("function") instanceof ObjectNode function)) {
                throw new BadLine(call, "a tool call names a function");
            }
            string(function, "name", call + ".name");
            JsonNode arguments = function.get("arguments");
            if (arguments != null && arguments.isTextual()) { // OpenAI's form; templates print the object itself
                function.set("arguments", arguments(arguments.textValue(), call + ".arguments"));
            }
        }
        fields.put("tool_calls", JSON.convertValue(calls, new TypeReference<List<@Nullable Object>>() {}));
        return !calls.isEmpty();
    }

    private static JsonNode arguments(String text, String path) throws BadLine {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new BadLine(path, "the arguments are no JSON");
        }
    }

    private static @Nullable List<Map<String, @Nullable Object>> tools(JsonNode node) throws BadLine {
        JsonNode tools = node.get("tools");
        if (tools == null || tools.isNull()) {
            return null;
        }
        if (!tools.isArray()) {
            throw new BadLine("tools", "tools is a list, not " + kind(tools));
        }
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        for (int i = 0; i < tools.size(); i++) {
            if (!tools.get(i).isObject()) {
                throw new BadLine("tools[" + i + "]", "a tool is an object, not " + kind(tools.get(i)));
            }
            list.add(JSON.convertValue(tools.get(i), MAP));
        }
        return list.isEmpty() ? null : list;
    }

    private static String string(JsonNode node, String key, String path) throws BadLine {
        JsonNode value = node.get(key);
        if (value == null) {
            throw new BadLine(path, key + " is missing");
        }
        if (!value.isTextual()) {
            throw new BadLine(path, key + " is a string, not " + kind(value));
        }
        for (int i = 0; i < value.textValue().length(); i++) {
            int point = value.textValue().codePointAt(i);
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                throw new BadLine(path, "the text holds half of a surrogate pair at character " + i);
            }
            i += Character.charCount(point) - 1;
        }
        return value.textValue();
    }

    private static String filled(String text, String path) throws BadLine {
        if (text.isEmpty()) {
            throw new BadLine(path, path + " is empty, so there is nothing to learn");
        }
        return text;
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> node.isEmpty() ? "an empty list" : "a list";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> "a boolean";
            case NULL -> "null";
            case MISSING -> "nothing";
            case BINARY, POJO -> throw new AssertionError("no JSON text holds " + node.getNodeType());
        };
    }
}
