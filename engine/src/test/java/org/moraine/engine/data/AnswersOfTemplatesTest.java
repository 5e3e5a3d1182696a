package org.moraine.engine.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.contracts.Refused;
import org.moraine.engine.tokenizer.Folders;
import org.moraine.engine.tokenizer.Tokenizer;

/** What is learnt of conversations under published templates, against what each template is known to write. */
class AnswersOfTemplatesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] WORDS = {
        "blue", " sky", "\n", "  ", "\n\n", "é", "你好", "😀", "{{ x }}", "{% if %}", "<b>", "\"", "\\n", "assistant", "."
    };
    private static final List<String> SPECIALS = List.of(
            "<s>",
            "</s>",
            "<|end|>",
            "<|user|>",
            "<|assistant|>",
            "<|system|>",
            "<｜Assistant｜>",
            "<｜User｜>",
            "<｜end▁of▁sentence｜>",
            "[INST]",
            "[/INST]",
            "[TOOL_CALLS]");
    private static final List<Published> TEMPLATES = List.of(
            new Published("HuggingFaceTB-SmolLM2-135M-Instruct", "<|im_end|>", (said, last) -> said),
            new Published("Qwen-Qwen2.5-7B-Instruct", "<|im_end|>", (said, last) -> said),
            new Published("Qwen3-Coder", "<|im_end|>", (said, last) -> said),
            new Published(
                    "Qwen-Qwen3-0.6B",
                    "<|im_end|>",
                    (said, last) -> last
                            ? "<think>\n" + thoughts(said) + "\n</think>\n\n" + lineStart(words(said))
                            : said.contains("</think>") ? lineStart(words(said)) : said),
            new Published("Qwen-QwQ-32B", "<|im_end|>", (said, last) -> last ? said : lineStart(words(said))),
            new Published(
                    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "<｜end▁of▁sentence｜>", (said, last) -> words(said)),
            new Published("microsoft-Phi-3.5-mini-instruct", "<|end|>", (said, last) -> said),
            new Published("mistralai-Mistral-Nemo-Instruct-2407", "</s>", (said, last) -> said));

    @TempDir
    Path folder;

    private final Map<Integer, String> specials = new LinkedHashMap<>();

    /**
     * A template and what it makes of an answer.
     *
     * @param written of what is said, and whether nothing is said after it
     */
    record Published(String name, String end, BiFunction<String, Boolean, String> written) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Published> templates() {
        return TEMPLATES.stream();
    }

    @ParameterizedTest
    @MethodSource("templates")
    void exactlyTheAnswersOfWeightOneAndTheirEndsAreLearnt(Published template) throws Exception {
        Random random = new Random(template.name.hashCode());
        try (Tokenizer tokenizer = tokenizer(template)) {
            for (int round = 0; round < 150; round++) {
                ObjectNode line = JSON.createObjectNode();
                List<String> expected = conversation(line.putArray("messages"), template, random);

                Example example = read(tokenizer, line);

                assertThat(learnt(tokenizer, example))
                        .as(line.toString())
                        .usingElementComparator((a, b) -> a.strip().compareTo(b.strip()))
                        .containsExactlyElementsOf(expected);
                assertThat(exact(learnt(tokenizer, example), expected))
                        .as(line.toString())
                        .isTrue();
            }
        }
    }

    /** The pairs that begin with no white space, which may be a part of a token that begins before, are the same. */
    private static boolean exact(List<String> learnt, List<String> expected) {
        for (int i = 0; i < learnt.size(); i++) {
            if (!Character.isWhitespace(expected.get(i).charAt(0))
                    && !learnt.get(i).equals(expected.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static List<String> conversation(ArrayNode messages, Published template, Random random) {
        List<String> expected = new ArrayList<>();
        if (random.nextBoolean()) {
            messages.addObject().put("role", "system").put("content", said(random));
        }
        int turns = 1 + random.nextInt(4);
        for (int turn = 1; turn <= turns; turn++) {
            messages.addObject().put("role", "user").put("content", said(random));
            String said = (random.nextInt(3) == 0 ? "<think>\n" + said(random) + "\n</think>\n\n" : "") + said(random);
            ObjectNode answer = messages.addObject().put("role", "assistant").put("content", said);
            boolean last = turn == turns;
            int weight = last ? 1 : random.nextInt(3) - 1;
            if (weight >= 0) {
                answer.put("weight", weight);
            }
            if (weight != 0) {
                expected.add(template.written.apply(said, last) + template.end);
            }
        }
        return expected;
    }

    private static String said(Random random) {
        StringBuilder said = new StringBuilder(random.nextInt(4) == 0 ? " " : "");
        for (int i = random.nextInt(6); i >= 0; i--) {
            said.append(WORDS[random.nextInt(WORDS.length)]);
        }
        return said.append(random.nextInt(4) == 0 ? "a \n" : "a").toString();
    }

    private static String thoughts(String said) {
        int end = said.indexOf("</think>");
        return end < 0 ? "" : said.substring("<think>".length(), end).replaceAll("^\n+|\n+$", "");
    }

    private static String words(String said) {
        return said.substring(said.lastIndexOf("</think>") < 0 ? 0 : said.lastIndexOf("</think>") + 8);
    }

    private static String lineStart(String words) {
        return words.replaceAll("^\n+", "");
    }

    private static final String CALL = """
            {"messages": [{"role": "user", "content": "Weather?"},\
             {"role": "assistant", "tool_calls": [{"id": "abcdefghi", "type": "function", "function":\
             {"name": "weather", "arguments": "{\\"city\\": \\"Bonn\\"}"}}]},\
             {"role": "tool", "tool_call_id": "abcdefghi", "content": "7"},\
             {"role": "assistant", "content": "Cold."}], "tools": [{"type": "function", "function":\
             {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]}""";

    @Test
    void callsAreLearntFromTheirFirstToTheirLastSign() throws Exception {
        String json = "{\"name\": \"weather\", \"arguments\": {\"city\": \"Bonn\"}";
        Map<String, List<String>> expected = Map.of(
                "Qwen-Qwen2.5-7B-Instruct",
                List.of("<tool_call>\n" + json + "}\n</tool_call><|im_end|>", "Cold.<|im_end|>"),
                "Qwen-QwQ-32B",
                List.of("<tool_call>\n" + json + "}\n</tool_call><|im_end|>", "Cold.<|im_end|>"),
                "Qwen-Qwen3-0.6B",
                List.of("<tool_call>\n" + json + "}\n</tool_call><|im_end|>", "<think>\n\n</think>\n\nCold.<|im_end|>"),
                "mistralai-Mistral-Nemo-Instruct-2407",
                List.of("[TOOL_CALLS][" + json + ", \"id\": \"abcdefghi\"}]</s>", "Cold.</s>"));
        for (Published template : TEMPLATES) {
            try (Tokenizer tokenizer = tokenizer(template)) {
                if (expected.containsKey(template.name)) {
                    assertThat(learnt(tokenizer, read(tokenizer, JSON.readTree(CALL))))
                            .as(template.name)
                            .isEqualTo(expected.get(template.name));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("templates")
    void callsAreLearntOrRefusedAndNeverLeftOut(Published template) throws Exception {
        try (Tokenizer tokenizer = tokenizer(template)) {
            List<String> learnt;
            try {
                learnt = learnt(tokenizer, read(tokenizer, JSON.readTree(CALL)));
            } catch (Refused refused) {
                assertThat(refused).hasMessageContaining("line 1, messages[1]").hasMessageContaining("leaves nothing");
                return;
            }
            assertThat(learnt).hasSize(2);
            assertThat(learnt.get(0)).contains("weather").contains("Bonn").endsWith(template.end);
        }
    }

    @Test
    void aTemplateThatTrimsIsFollowed() throws Exception {
        assertThat(learnt("{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}<|im_end|>\n{% endfor %}"))
                .containsExactly("A b.<|im_end|>");
    }

    @Test
    void aTemplateThatAddsSomethingBeforeAndBehindTheWordsIsFollowed() throws Exception {
        assertThat(learnt("{% for m in messages %}<|im_start|>{{ m.role }}\n"
                        + "{% if m.role == 'assistant' %}<think></think>{{ m.content }} #{% else %}{{ m.content }}"
                        + "{% endif %}<|im_end|>\n{% endfor %}"
                        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"))
                .containsExactly("<think></think> A b.\n #<|im_end|>");
    }

    @Test
    void anAnswerWrittenTwiceOrChangedIsRefused() {
        for (String words :
                List.of("{{ m.content }}{{ m.content }}", "{{ m.content | length }}", "{{ m.content[2:] }}")) {
            assertThatThrownBy(() -> learnt("{% for m in messages %}" + words + "<|im_end|>{% endfor %}"))
                    .as(words)
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("line 1, messages[1]");
        }
    }

    private List<String> learnt(String template) throws Exception {
        Path made = Folders.withTemplate(folder, template);
        specials.putAll(Map.of(0, "<|endoftext|>", 1, "<|im_start|>", 2, "<|im_end|>"));
        try (Tokenizer tokenizer = Tokenizer.open(made)) {
            return learnt(tokenizer, read(tokenizer, JSON.readTree("""
                    {"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": " A b.\\n"}]}""")));
        }
    }

    /** Pebble's tokenizer with the template's own special tokens beside its own. */
    private Tokenizer tokenizer(Published template) throws Exception {
        String source;
        try (InputStream in = getClass().getResourceAsStream("/chat-templates/" + template.name + ".jinja")) {
            source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        specials.clear();
        specials.putAll(Map.of(0, "<|endoftext|>", 1, "<|im_start|>", 2, "<|im_end|>"));
        Folders.withTokenizer(folder, tokenizer -> {
            int id = tokenizer.at("/model/vocab").size() + 16;
            for (String special : SPECIALS) {
                ((ArrayNode) tokenizer.get("added_tokens"))
                        .addObject()
                        .put("id", id)
                        .put("content", special)
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", true);
                id++;
            }
        });
        Files.writeString(folder.resolve("chat_template.jinja"), source);
        String eos = template.end.equals("<|end|>") ? "<|endoftext|>" : template.end;
        Files.writeString(
                folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\", \"eos_token\": \"" + eos + "\"}");
        Tokenizer opened = Tokenizer.open(folder);
        for (String special : SPECIALS) {
            specials.put(opened.encodeBare(special)[0], special);
        }
        return opened;
    }

    private Example read(Tokenizer tokenizer, Object line) throws Exception {
        Path file = Files.writeString(folder.resolve("data.jsonl"), line.toString());
        return TrainingFile.read(file, tokenizer, 4096).get(0);
    }

    /** The texts of the runs of ids that are learnt. */
    private List<String> learnt(Tokenizer tokenizer, Example example) {
        List<String> runs = new ArrayList<>();
        for (int from = 0; from < example.ids().length; from++) {
            int to = from;
            while (to < example.ids().length && example.trained()[to]) {
                to++;
            }
            if (to > from) {
                runs.add(text(tokenizer, Arrays.copyOfRange(example.ids(), from, to)));
                from = to;
            }
        }
        return runs;
    }

    private String text(Tokenizer tokenizer, int[] ids) {
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (int i = 0; i <= ids.length; i++) {
            if (i == ids.length || specials.containsKey(ids[i])) {
                text.append(tokenizer.decode(Arrays.copyOfRange(ids, from, i)));
                text.append(i == ids.length ? "" : specials.get(ids[i]));
                from = i + 1;
            }
        }
        return text.toString();
    }
}
