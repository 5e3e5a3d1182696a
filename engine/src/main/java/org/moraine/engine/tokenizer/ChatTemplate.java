package org.moraine.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.interpret.FatalTemplateErrorsException;
import com.hubspot.jinjava.interpret.RenderResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;

/** A model folder's chat template, which writes a conversation as the one text that the model was trained on. */
public final class ChatTemplate {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String source;
    private final Map<String, Object> given;
    private final Jinjava jinja = JinjaDialect.jinjava();

    private ChatTemplate(String source, Map<String, Object> given) {
        TemplateText text = TemplateText.of(source);
        this.source = text.text();
        this.given = new HashMap<>(given);
        this.given.putAll(text.strings());
    }

    static ChatTemplate open(Path folder) {
        JsonNode config = JSON.createObjectNode();
        String source;
        try {
            Path file = folder.resolve("tokenizer_config.json");
            if (Files.isRegularFile(file)) {
                config = JSON.readTree(file.toFile());
            }
            Path jinja = folder.resolve("chat_template.jinja");
            source = Files.isRegularFile(jinja)
                    ? Files.readString(jinja)
                    : config.path("chat_template").asText("");
        } catch (IOException e) {
            throw new EngineException(folder + " cannot be read: " + e.getMessage(), e);
        }
        if (source.isEmpty()) {
            throw Refused.invalid("no_chat_template", "model", "the base model has no chat template");
        }
        Map<String, Object> given = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token", "unk_token", "pad_token")) {
            JsonNode token = config.path(name);
            given.put(name, token.isObject() ? token.path("content").asText() : token.asText(""));
        }
        return new ChatTemplate(source, given);
    }

    /** The conversation's text; {@code ask} adds what comes before an assistant's answer. */
    public String render(List<Message> messages, @Nullable List<Map<String, @Nullable Object>> tools, boolean ask) {
        Map<String, Object> all = new HashMap<>(given);
        all.put("messages", messages.stream().map(Message::fields).toList());
        if (tools != null) {
            all.put("tools", tools);
        }
        all.put("add_generation_prompt", ask);
        all.put("strftime_now", "a function"); // templates ask whether it is there
        try {
            RenderResult result = jinja.renderForResult(source, all);
            if (result.hasErrors()) {
                throw Refused.invalid(
                        "chat_template", "model", result.getErrors().toString());
            }
            return result.getOutput();
        } catch (FatalTemplateErrorsException e) {
            throw Refused.invalid("chat_template", "model", String.valueOf(e.getMessage()));
        }
    }
}
