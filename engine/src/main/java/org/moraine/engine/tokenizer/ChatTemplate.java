package org.moraine.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.tree.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;

/**
 * A model folder's chat template, which writes a conversation as the one text that the model was trained on: the same
 * text that transformers writes, or a refusal. A template is a program from outside; it reaches nothing but what it is
 * given.
 */
public final class ChatTemplate {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Jinjava JINJAVA = JinjaDialect.jinjava();

    private final Program plain;
    private final Program withTools;
    private final Map<String, String> tokens;

    private ChatTemplate(Program plain, Program withTools, Map<String, String> tokens) {
        this.plain = plain;
        this.withTools = withTools;
        this.tokens = tokens;
    }

    /** Takes {@code chat_template.jinja}, else the template in {@code tokenizer_config.json}, one or several named. */
    static ChatTemplate open(Path folder) {
        JsonNode config = JSON.createObjectNode();
        Map<String, String> sources = new LinkedHashMap<>();
        try {
            Path file = folder.resolve("tokenizer_config.json");
            if (Files.isRegularFile(file)) {
                config = JSON.readTree(file.toFile());
            }
            JsonNode inside = config.path("chat_template");
            if (inside.isTextual()) {
                sources.put("default", inside.textValue());
            }
            for (JsonNode named : inside.isArray() ? inside : JSON.createArrayNode()) {
                sources.put(named.path("name").asText(), named.path("template").asText());
            }
            Path alone = folder.resolve("chat_template.jinja");
            if (Files.isRegularFile(alone)) {
                sources.clear();
                sources.put("default", Files.readString(alone));
            }
        } catch (IOException e) {
            throw new EngineException(folder + ": the chat template cannot be read: " + e.getMessage(), e);
        }
        String source = sources.get("default");
        if (source == null) {
            throw refused("the base model has no chat template, so it cannot take conversations;"
                    + " prompt and completion, or text, can be trained on");
        }
        Program plain = Program.of(source);
        String forTools = sources.get("tool_use");
        return new ChatTemplate(plain, forTools == null ? plain : Program.of(forTools), tokens(config));
    }

    private static Map<String, String> tokens(JsonNode config) {
        Map<String, String> tokens = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token")) {
            JsonNode token = config.path(name);
            String text = token.isObject() ? token.path("content").asText() : token.asText("");
            if (!text.isEmpty()) {
                tokens.put(name, text);
            }
        }
        return tokens;
    }

    /**
     * The conversation's text.
     *
     * @param tools what the assistant may call, null for none
     * @param ask whether what comes before an assistant's answer is added
     * @throws Refused code {@code chat_template}, field {@code model}, where the template refuses the conversation or
     *     uses something that is not known here
     */
    public String render(List<Message> messages, @Nullable List<Map<String, @Nullable Object>> tools, boolean ask) {
        Map<String, @Nullable Object> given = new HashMap<>(tokens);
        given.put("messages", messages.stream().map(ChatTemplate::aliased).toList());
        given.put("tools", tools);
        given.put("documents", null);
        given.put("add_generation_prompt", ask);
        return (tools == null ? plain : withTools).render(given);
    }

    /** Thoughts go by three names; templates read the one or the other. */
    private static Map<String, @Nullable Object> aliased(Message message) {
        Object thoughts = message.thoughts();
        if (thoughts == null) {
            return message.fields();
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(message.fields());
        fields.putIfAbsent("thinking", thoughts);
        fields.put("reasoning_content", thoughts);
        return fields;
    }

    private static Refused refused(String message) {
        return Refused.invalid("chat_template", "model", message);
    }

    /**
     * One parsed template; used by any number of threads.
     *
     * @param grounds contexts with Jinja's own tags, filters and functions, which take longer to set up than most
     *     conversations to write; each serves one rendering at a time
     */
    private record Program(Node root, Map<String, String> strings, Set<String> unknownFilters, Queue<Context> grounds) {

        static Program of(String source) {
            try {
                TemplateText text = TemplateText.of(source);
                Set<String> unknown = new HashSet<>(text.filters());
                unknown.removeIf(filter -> JINJAVA.getGlobalContext().getFilter(filter) != null);
                Context ground = JINJAVA.getGlobalContextCopy();
                Node root = run(ground, Map.of(), unknown, interpreter -> interpreter.parse(text.text()));
                return new Program(root, text.strings(), unknown, new ConcurrentLinkedQueue<>());
            } catch (IllegalArgumentException e) {
                throw refused("the base model's chat template cannot be read: " + e.getMessage());
            }
        }

        String render(Map<String, @Nullable Object> given) {
            given.putAll(strings);
            given.put("strftime_now", "a function"); // templates ask whether it is there
            Context free = grounds.poll();
            Context ground = free == null ? JINJAVA.getGlobalContextCopy() : free;
            String text = run(ground, given, unknownFilters, interpreter -> interpreter.render(root, true));
            grounds.add(ground);
            return text;
        }

        private static <T> T run(
                Context ground,
                Map<String, @Nullable Object> given,
                Set<String> unknown,
                Function<JinjavaInterpreter, T> work) {
            Context context = new Context(ground, given);
            unknown.forEach(filter -> context.registerFilter(JinjaDialect.unknownFilter(filter)));
            JinjavaInterpreter interpreter = new JinjavaInterpreter(JINJAVA, context, JINJAVA.getGlobalConfig());
            JinjavaInterpreter.pushCurrent(interpreter);
            try {
                T result = work.apply(interpreter);
                if (!interpreter.getErrorsCopy().isEmpty()) {
                    throw refused(reason(interpreter.getErrorsCopy()));
                }
                return result;
            } catch (InterpretException e) {
                throw refused("the base model's chat template cannot be rendered: " + e.getMessage());
            } finally {
                JinjavaInterpreter.popCurrent();
            }
        }

        private static String reason(List<TemplateError> errors) {
            for (TemplateError error : errors) {
                for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
                    if (cause instanceof JinjaDialect.Raised) {
                        return "the base model's chat template refuses the conversation: " + cause.getMessage();
                    }
                }
            }
            return "the base model's chat template cannot be rendered: "
                    + errors.get(0).getMessage();
        }
    }
}
