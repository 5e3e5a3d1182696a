package org.moraine.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.moraine.contracts.Refused;

class ChatTemplateTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<Message> HELLO = List.of(Message.user("Hello"));

    @TempDir
    Path folder;

    @Test
    void publishedTemplatesAreRenderedAsTransformersDoes() throws Exception {
        try (InputStream in = getClass().getResourceAsStream("/chat-templates/expected.json")) {
            for (JsonNode expected : JSON.readTree(in)) {
                if (expected.get("text").isNull()) {
                    continue; // refused there
                }
                String what = expected.get("template").asText() + ", "
                        + expected.get("conversation").asText();
                ChatTemplate template = published(expected.get("template").asText());
                List<Message> messages = JSON
                        .convertValue(
                                expected.get("messages"),
                                new TypeReference<List<LinkedHashMap<String, @Nullable Object>>>() {})
                        .stream()
                        .map(Message::new)
                        .toList();
                List<Map<String, @Nullable Object>> tools =
                        JSON.convertValue(expected.get("tools"), new TypeReference<>() {});

                String text =
                        template.render(messages, tools, expected.get("ask").asBoolean());

                assertThat(text).as(what).isEqualTo(expected.get("text").asText());
            }
        }
    }

    private ChatTemplate published(String name) throws Exception {
        try (InputStream in = getClass().getResourceAsStream("/chat-templates/" + name + ".jinja")) {
            Files.write(folder.resolve("chat_template.jinja"), in.readAllBytes());
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\"}");
        return ChatTemplate.open(folder);
    }

    @Test
    void pebbleSpeaksChatMl() {
        String text = ChatTemplate.open(Folders.pebble()).render(HELLO, null, true);

        assertThat(text).isEqualTo("<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n");
    }

    @Test
    void whatAUserSaysIsNeverATemplate() throws Exception {
        String words = "{{ 6 * 7 }} {% for x in messages %}x{% endfor %} {# gone #} {{ raise_exception('no') }}";
        ChatTemplate template = template("{% for m in messages %}[{{ m.content }}]{% endfor %}");

        assertThat(template.render(List.of(Message.user(words)), null, false)).isEqualTo("[" + words + "]");
    }

    @Test
    void aTemplatesOwnRefusalIsTold() throws Exception {
        ChatTemplate template = template("{{ raise_exception('only one system message, please') }}");

        assertThatThrownBy(() -> template.render(HELLO, null, false))
                .isInstanceOfSatisfying(Refused.class, refused -> {
                    assertThat(refused.problem().field()).isEqualTo("model");
                    assertThat(refused.problem().code()).isEqualTo("chat_template");
                })
                .hasMessageContaining("only one system message, please");
    }

    @Test
    void aTemplateThatCannotBeReadOrRenderedIsRefused() throws Exception {
        for (String source : List.of(
                "{% if messages %}never closed",
                "{{ messages",
                "{# never closed",
                "{{ 'never closed }}",
                "{% nosuchtag %}",
                "{{ messages | nosuchfilter }}",
                "{{ nosuchfunction(1) }}",
                "{{ messages[0].content.nosuchmethod() }}",
                "{% include 'logging.properties' %}",
                "{{ '{a} {b}'.format(1) }}")) {
            assertThatThrownBy(() -> template(source).render(HELLO, null, false))
                    .as(source)
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("chat template");
        }
    }

    @Test
    void aFolderWithoutATemplateIsRefused() {
        assertThatThrownBy(() -> ChatTemplate.open(folder))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("no chat template");
    }

    @Test
    void ofNamedTemplatesTheOneForToolsIsTakenWhereThereAreTools() throws Exception {
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"chat_template": [{"name": "default", "template": "plain"},
                                   {"name": "tool_use", "template": "{{ tools | tojson }}"}]}""");
        ChatTemplate template = ChatTemplate.open(folder);

        assertThat(template.render(HELLO, null, false)).isEqualTo("plain");
        assertThat(template.render(HELLO, List.of(Map.of("name", "weather")), false))
                .isEqualTo("[{\"name\": \"weather\"}]");
    }

    @Test
    void aFileBesideTheConfigurationComesFirst() throws Exception {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat_template\": \"old\"}");
        Files.writeString(folder.resolve("chat_template.jinja"), "new\n");

        assertThat(ChatTemplate.open(folder).render(HELLO, null, false)).isEqualTo("new");
    }

    @Test
    void jinjasWhiteSpaceRulesHold() throws Exception {
        String source = """
                {%- if true %}
                  {% if true %}
                one
                  {%- endif %}
                  two {{- ' three ' -}}
                   four
                {# a remark #}
                {%+ if true +%}
                five
                {% endif %}
                {% endif %}
                end
                """;

        assertThat(template(source).render(HELLO, null, false)).isEqualTo("one  two three four\n\nfive\nend");
    }

    @Test
    void valuesAreWrittenAsPythonWritesThem() throws Exception {
        Message message = new Message(
                JSON.readValue("{\"a\": [1, 2.0, 1e-7, true, null, \"é\\n'\"], \"b\": {}}", new TypeReference<>() {}));

        assertThat(template("{{ messages[0] }}").render(List.of(message), null, false))
                .isEqualTo("{'a': [1, 2.0, 1e-07, True, None, \"é\\n'\"], 'b': {}}");
        assertThat(template("{{ messages[0] | tojson(indent=2) }}").render(List.of(message), null, false))
                .isEqualTo("""
                        {
                          "a": [
                            1,
                            2.0,
                            1e-07,
                            true,
                            null,
                            "é\\n'"
                          ],
                          "b": {}
                        }""");
    }

    @Test
    void datesAreWrittenAsPythonWritesThem() {
        LocalDateTime time = LocalDateTime.of(2024, 3, 5, 7, 8, 9);

        assertThat(Strftime.format("%d %b %Y, %B %-d %A %H:%M:%S %y%%", time))
                .isEqualTo("05 Mar 2024, March 5 Tuesday 07:08:09 24%");
    }

    private ChatTemplate template(String source) throws Exception {
        Files.writeString(folder.resolve("chat_template.jinja"), source);
        return ChatTemplate.open(folder);
    }
}
