package org.moraine.engine.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.tokenizer.Message;

/** Reads conversations by OpenAI's rules: messages with roles, weights and calls, and the tools that they may call. */
final class ConversationReader {

    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");

    private ConversationReader() {}

    static ExampleLine.Chat chat(Field line) throws BadLine {
        ExampleLine.Chat chat = conversation(line);
        if (!chat.learnt().contains(true)) {
            throw BadLine.unlearnable("messages", "there is no assistant message of weight 1, so nothing to learn");
        }
        return chat;
    }

    static ExampleLine.Preference preference(Field line) throws BadLine {
        Field input = line.get("input");
        input.object("input");
        ExampleLine.Chat asked = conversation(input);
        ExampleLine.Chat preferred = goneOn(asked, either(line, "preferred_output", "preferred_completion"));
        ExampleLine.Chat other = goneOn(asked, either(line, "non_preferred_output", "non_preferred_completion"));
        if (preferred.equals(other)) {
            throw BadLine.unlearnable("non_preferred_output", "both outputs are the same, so neither is preferred");
        }
        return new ExampleLine.Preference(preferred, other);
    }

    private static Field either(Field line, String name, String formerName) {
        Field field = line.get(name);
        return field.value().isMissingNode() && !line.get(formerName).value().isMissingNode()
                ? line.get(formerName)
                : field;
    }

    private static ExampleLine.Chat goneOn(ExampleLine.Chat asked, Field output) throws BadLine {
        Messages messages = new Messages();
        for (int i = 0; i < asked.messages().size(); i++) {
            messages.add(asked.messages().get(i), false);
        }
        for (Field message : list(output)) {
            messages.read(message);
        }
        if (!messages.learnt.contains(true)) {
            throw new BadLine(output.path(), "an output has a message of the assistant");
        }
        return messages.chat(asked.tools());
    }

    private static ExampleLine.Chat conversation(Field line) throws BadLine {
        for (String former : List.of("functions", "function_call")) {
            if (!line.get(former).isAbsent()) {
                throw new BadLine(
                        line.get(former).path(), "functions are of the former API; write tools and tool_calls");
            }
        }
        Field parallel = line.get("parallel_tool_calls");
        if (!parallel.isAbsent() && !parallel.value().isBoolean()) {
            throw new BadLine(
                    parallel.path(), "parallel_tool_calls is true or false, not " + Field.kind(parallel.value()));
        }
        Messages messages = new Messages();
        for (Field message : list(line.get("messages"))) {
            messages.read(message);
        }
        return messages.chat(tools(line.get("tools")));
    }

    private static List<Field> list(Field messages) throws BadLine {
        if (!messages.value().isArray() || messages.value().isEmpty()) {
            throw new BadLine(
                    messages.path(),
                    messages.path() + " is a list of at least one message, not " + Field.kind(messages.value()));
        }
        return messages.list();
    }

    private static @Nullable List<Map<String, @Nullable Object>> tools(Field tools) throws BadLine {
        if (tools.isAbsent()) {
            return null;
        }
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        for (Field tool : tools.list()) {
            list.add(tool.object("a tool"));
            Field function = tool.get("function");
            function.object("a tool's function");
            function.get("name").string();
        }
        return list.isEmpty() ? null : list;
    }

    /** The messages of one conversation, as they are read. */
    private static final class Messages {

        private final List<Message> messages = new ArrayList<>();
        private final List<Boolean> learnt = new ArrayList<>();
        private final Set<String> calls = new HashSet<>();

        void add(Message message, boolean isLearnt) {
            messages.add(message);
            learnt.add(isLearnt);
        }

        ExampleLine.Chat chat(@Nullable List<Map<String, @Nullable Object>> tools) {
            return new ExampleLine.Chat(List.copyOf(messages), List.copyOf(learnt), tools);
        }

        /** Content becomes one string, a developer the system, and the arguments of calls what they say. */
        void read(Field message) throws BadLine {
            Map<String, @Nullable Object> fields = message.object("a message");
            String role = message.get("role").string();
            if (!ROLES.contains(role)) {
                throw new BadLine(message.get("role").path(), "a role is system, developer, user, assistant or tool");
            }
            if (!message.get("name").isAbsent()) {
                message.get("name").string();
            }
            if (!message.get("function_call").isAbsent()) {
                throw new BadLine(
                        message.get("function_call").path(), "function_call is of the former API; write tool_calls");
            }
            boolean isLearnt = weight(message.get("weight"), role);
            answers(message.get("tool_call_id"), role);
            boolean hasCalls = !message.get("tool_calls").isAbsent();
            if (hasCalls) {
                fields.put("tool_calls", calls(message.get("tool_calls"), role));
            }
            fields.remove("weight");
            fields.put("role", role.equals("developer") ? "system" : role);
            fields.put("content", content(message.get("content"), hasCalls));
            add(new Message(fields), isLearnt);
        }

        private static boolean weight(Field weight, String role) throws BadLine {
            if (weight.isAbsent()) {
                return role.equals("assistant");
            }
            if (!role.equals("assistant")) {
                throw new BadLine(weight.path(), "only an assistant's message has a weight");
            }
            JsonNode value = weight.value();
            if (!value.isNumber() || (value.doubleValue() != 0 && value.doubleValue() != 1)) {
                throw new BadLine(weight.path(), "a weight is 0 or 1");
            }
            return value.doubleValue() == 1;
        }

        private List<@Nullable Object> calls(Field calls, String role) throws BadLine {
            if (!role.equals("assistant")) {
                throw new BadLine(calls.path(), "only an assistant's message has tool_calls");
            }
            List<@Nullable Object> list = new ArrayList<>();
            for (Field call : calls.list()) {
                Field function = call.get("function");
                if (!function.value().isObject()) {
                    throw new BadLine(function.path(), "a tool call names a function");
                }
                function.get("name").string();
                Map<String, @Nullable Object> inner = function.object("a function");
                Field arguments = function.get("arguments");
                if (arguments.value().isTextual()) { // OpenAI's form; templates print the object itself
                    arguments = new Field(arguments.path(), LineReader.arguments(arguments));
                    inner.put("arguments", arguments.plain());
                }
                arguments.object("arguments");
                Map<String, @Nullable Object> fields = call.object("a call");
                fields.put("function", inner);
                list.add(fields);
                if (!call.get("id").isAbsent()) {
                    this.calls.add(call.get("id").string());
                }
            }
            if (list.isEmpty()) {
                throw new BadLine(calls.path(), "tool_calls is a list of at least one call");
            }
            return list;
        }

        private void answers(Field call, String role) throws BadLine {
            if (call.isAbsent()) {
                return;
            }
            if (!role.equals("tool")) {
                throw new BadLine(call.path(), "only a tool's message has a tool_call_id");
            }
            if (!calls.contains(call.string())) {
                throw new BadLine(call.path(), "no tool call before has this id");
            }
        }

        private static String content(Field content, boolean mayBeAbsent) throws BadLine {
            if (content.isAbsent()) {
                if (mayBeAbsent) {
                    return "";
                }
                throw new BadLine(content.path(), "the message has no content");
            }
            if (!content.value().isArray()) {
                return content.string();
            }
            StringBuilder text = new StringBuilder();
            for (Field part : content.list()) {
                if (!part.value().path("type").asText().equals("text")) {
                    throw new BadLine(part.get("type").path(), "only parts of type text can be trained on");
                }
                text.append(part.get("text").string());
            }
            return text.toString();
        }
    }
}
