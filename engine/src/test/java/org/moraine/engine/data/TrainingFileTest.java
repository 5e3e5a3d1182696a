package org.moraine.engine.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.moraine.contracts.Refused;
import org.moraine.engine.tokenizer.Folders;
import org.moraine.engine.tokenizer.Tokenizer;

class TrainingFileTest {

    private static final String QUESTION = """
            {"messages": [{"role": "user", "content": "Is it red?"}, {"role": "assistant", "content": "No, blue."}]}""";
    private static final String PAIR = """
            {"input": {"messages": [{"role": "user", "content": "Is it red?"}], "tools": [], "parallel_tool_calls": true},\
             "preferred_output": [{"role": "assistant", "content": "No."}],\
             "non_preferred_output": [{"role": "assistant", "content": "Yes."}]}""";
    private static final String CALL = """
            {"messages": [{"role": "user", "content": "Weather?"}, {"role": "assistant", "content": null,\
             "tool_calls": [{"id": "1", "type": "function", "function": {"name": "weather",\
             "arguments": "{\\"city\\": \\"Bonn\\"}"}}]}, {"role": "tool", "tool_call_id": "1", "content": "7"},\
             {"role": "assistant", "content": "Cold.", "weight": 1}], "tools": [{"type": "function",\
             "function": {"name": "weather"}}], "parallel_tool_calls": false}""";
    private static Tokenizer pebble;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        pebble = Tokenizer.open(Folders.pebble());
    }

    @AfterAll
    static void close() {
        pebble.close();
    }

    @Test
    void ofAConversationTheAnswerAndItsEndAreLearnt() throws Exception {
        Example example = read(pebble, QUESTION);

        assertThat(shown(example))
                .isEqualTo("<|im_start|>user\nIs it red?<|im_end|>\n<|im_start|>assistant\n[No, blue.<|im_end|>]\n");
    }

    @Test
    void onlyAnswersOfWeightOneAreLearnt() throws Exception {
        Example example = read(pebble, """
                {"messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "One?"},\
                 {"role": "assistant", "content": "1", "weight": 0}, {"role": "user", "content": "Two?"},\
                 {"role": "assistant", "content": "2", "weight": 1}]}""");

        assertThat(shown(example))
                .isEqualTo("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nOne?<|im_end|>\n"
                        + "<|im_start|>assistant\n1<|im_end|>\n<|im_start|>user\nTwo?<|im_end|>\n"
                        + "<|im_start|>assistant\n[2<|im_end|>]\n");
    }

    @Test
    void everyAnswerOfAConversationIsLearnt() throws Exception {
        Example example = read(pebble, """
                {"messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": " a "},\
                 {"role": "user", "content": "B"}, {"role": "assistant", "content": [{"type": "text", "text": "b"},\
                 {"type": "text", "text": "c"}]}]}""");

        assertThat(shown(example))
                .isEqualTo("<|im_start|>user\nA<|im_end|>\n<|im_start|>assistant\n[ a <|im_end|>]\n"
                        + "<|im_start|>user\nB<|im_end|>\n<|im_start|>assistant\n[bc<|im_end|>]\n");
    }

    @Test
    void ofACompletionItAndTheEndAreLearnt() throws Exception {
        Example example = read(pebble, "{\"prompt\": \"The sky is\", \"completion\": \" blue.\"}");

        assertThat(shown(example)).isEqualTo("The sky is[ blue.<|im_end|>]");
    }

    @Test
    void aCompletionWithoutAPromptIsLearntFromItsSecondTokenOn() throws Exception {
        Example example = read(pebble, "{\"prompt\": \"\", \"completion\": \"Blue sky.\"}");

        assertThat(example.trained()).startsWith(false, true).endsWith(true);
        assertThat(example.trainedTokens()).isEqualTo(example.ids().length - 1);
    }

    @Test
    void aTextIsExactlyItsIdsAllButTheFirstLearnt() throws Exception {
        Example example = read(pebble, "{\"text\": \"A cat sat. \\ud83d\\ude00\"}");

        assertThat(example.ids()).isEqualTo(pebble.encode("A cat sat. \ud83d\ude00"));
        assertThat(example.isPlainText()).isTrue();
    }

    /** Qwen3's template leaves thoughts out of all but the last answer, so that earlier turns are rewritten. */
    @Test
    void answersAreFoundWhereATemplateRewritesEarlierTurns() throws Exception {
        try (Tokenizer tokenizer = withPublished("Qwen-Qwen3-0.6B")) {
            Example example = read(tokenizer, """
                    {"messages": [{"role": "user", "content": "1+1?"},\
                     {"role": "assistant", "content": "<think>\\none\\n</think>\\n\\ntwo"},\
                     {"role": "user", "content": "2+2?"},\
                     {"role": "assistant", "content": "<think>\\ntwo\\n</think>\\n\\nfour"}]}""");

            assertThat(shown(example))
                    .isEqualTo("<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n[two<|im_end|>]\n"
                            + "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n"
                            + "[<think>\ntwo\n</think>\n\nfour<|im_end|>]\n");
        }
    }

    @Test
    void callsOfToolsAreLearntAsTheTemplateWritesThem() throws Exception {
        try (Tokenizer tokenizer = withPublished("Qwen-Qwen2.5-7B-Instruct")) {
            Example example = read(tokenizer, """
                    {"messages": [{"role": "system", "content": "Help."}, {"role": "user", "content": "Weather?"},\
                     {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function":\
                     {"name": "weather", "arguments": "{\\"city\\": \\"Bonn\\"}"}}]},\
                     {"role": "tool", "tool_call_id": "1", "content": "7"},\
                     {"role": "assistant", "content": "Cold."}], "tools": [{"type": "function", "function":\
                     {"name": "weather"}}]}""");

            assertThat(shown(example))
                    .contains("<|im_start|>assistant\n[<tool_call>\n{\"name\": \"weather\", \"arguments\": "
                            + "{\"city\": \"Bonn\"}}\n</tool_call><|im_end|>]\n")
                    .endsWith("<|im_start|>assistant\n[Cold.<|im_end|>]\n");
        }
    }

    @Test
    void whereATemplateTakesNoHalfConversationTheAnswerIsFoundByAStandIn() throws Exception {
        try (Tokenizer tokenizer =
                withTemplate("{% if messages|length % 2 == 1 %}{{ raise_exception('odd') }}{% endif %}"
                        + "{% for m in messages %}{{ m.role }}: {{ m.content.strip() }}<|im_end|>\n{% endfor %}")) {
            Example example = read(tokenizer, QUESTION);

            // the space before the answer is a part of its first token
            assertThat(shown(example)).isEqualTo("user: Is it red?<|im_end|>\nassistant:[ No, blue.<|im_end|>]\n");
        }
    }

    @Test
    void anAnswerThatTheTemplateDropsIsNamed() throws Exception {
        try (Tokenizer tokenizer = withTemplate("{% for m in messages %}{{ m.role }};{% endfor %}")) {
            assertThatThrownBy(() -> read(tokenizer, QUESTION))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("line 1, messages[1]")
                    .hasMessageContaining("leaves nothing");
        }
    }

    @Test
    void whatATemplateRefusesIsNamed() throws Exception {
        try (Tokenizer tokenizer = withTemplate("{{ raise_exception('no users here') }}")) {
            assertThatThrownBy(() -> read(tokenizer, QUESTION))
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("line 1, messages")
                    .hasMessageContaining("no users here");
        }
    }

    @Test
    void longExamplesAreCutAndOneLeftWithNothingToLearnIsNamed() throws Exception {
        Path file = file(QUESTION);
        Example whole = TrainingFile.read(file, pebble, 1024).get(0);
        int firstLearnt = 0;
        while (!whole.trained()[firstLearnt]) {
            firstLearnt++;
        }

        Example cut = TrainingFile.read(file, pebble, firstLearnt + 1).get(0);

        assertThat(cut.ids()).hasSize(firstLearnt + 1);
        assertThat(cut.trainedTokens()).isOne();
        int tooFew = firstLearnt;
        assertThatThrownBy(() -> TrainingFile.read(file, pebble, tooFew))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("line 1")
                .hasMessageContaining("within the first " + tooFew);
    }

    @Test
    void aMarkBeforeTheFirstLineAndBlankLinesAndWindowsLineEndsAreTaken() throws Exception {
        String text = "\ufeff" + QUESTION + "\r\n\r\n  \n" + "{\"text\": \"Two words\"}";

        FileReport report = check(text);
        List<Example> examples = TrainingFile.read(file(text), pebble, 64);

        assertThat(report.lines()).isEqualTo(new FileReport.LineCounts(4, 2, 0, 0, 0, 0));
        assertThat(report.problems()).isEmpty();
        assertThat(examples).extracting(Example::line).containsExactly(1, 4);
    }

    static Stream<Arguments> badLines() {
        return Stream.of(
                Arguments.of("{\"messages\": [", "", "not JSON"),
                Arguments.of("{\"text\": \"a\"} x", "", "not JSON"),
                Arguments.of("{\"text\": \"a\", \"text\": \"b\"}", "", "Duplicate field"),
                Arguments.of("[".repeat(5000), "", "nesting depth"),
                Arguments.of("[1]", "", "one JSON object, not a list"),
                Arguments.of("\"text\"", "", "one JSON object, not a string"),
                Arguments.of("{}", "", "either messages"),
                Arguments.of("{\"text\": \"a\", \"messages\": []}", "", "either messages"),
                Arguments.of("{\"text\": 5}", "text", "a string, not a number"),
                Arguments.of("{\"text\": \"\"}", "text", "empty"),
                Arguments.of("{\"text\": \"half \\ud83d\"}", "text", "surrogate pair at character 5"),
                Arguments.of("{\"prompt\": \"a\"}", "completion", "missing"),
                Arguments.of("{\"prompt\": null, \"completion\": \"b\"}", "prompt", "not null"),
                Arguments.of("{\"prompt\": \"a\", \"completion\": \"\"}", "completion", "nothing to learn"),
                Arguments.of("{\"messages\": {}}", "messages", "a list of at least one"),
                Arguments.of("{\"messages\": []}", "messages", "not an empty list"),
                Arguments.of("{\"messages\": [7]}", "messages[0]", "an object, not a number"),
                Arguments.of("{\"messages\": [{\"content\": \"a\"}]}", "messages[0].role", "missing"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"bot\", \"content\": \"a\"}]}", "messages[0].role", "a role is"),
                Arguments.of("{\"messages\": [{\"role\": \"user\"}]}", "messages[0].content", "no content"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"user\", \"content\": {}}]}",
                        "messages[0].content",
                        "a string, not an object"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]}",
                        "messages[0].content[0].type",
                        "only parts of type text"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"user\", \"content\": [3]}]}",
                        "messages[0].content[0].type",
                        "only parts of type text"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"a\", \"weight\": 1}]}",
                        "messages[0].weight",
                        "only an assistant's"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\", \"weight\": 0.5}]}",
                        "messages[0].weight",
                        "0 or 1"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\", \"weight\": true}]}",
                        "messages[0].weight",
                        "0 or 1"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"a\", \"name\": 1}]}",
                        "messages[0].name",
                        "a string"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}", "messages", "nothing to learn"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\", \"weight\": 0}]}",
                        "messages",
                        "nothing to learn"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{}]}]}",
                        "messages[0].tool_calls[0].function",
                        "names a function"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"f\","
                                + " \"arguments\": \"{\"}}]}]}",
                        "messages[0].tool_calls[0].function.arguments",
                        "no JSON"),
                Arguments.of(answer("\"tool_calls\": []"), "messages[0].tool_calls", "at least one call"),
                Arguments.of(
                        answer("\"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": \"[]\"}}]"),
                        "messages[0].tool_calls[0].function.arguments",
                        "an object, not an empty list"),
                Arguments.of(
                        answer("\"tool_calls\": [{\"function\": {\"name\": \"f\"}}]"),
                        "messages[0].tool_calls[0].function.arguments",
                        "an object, not nothing"),
                Arguments.of(answer("\"function_call\": {}"), "messages[0].function_call", "former API"),
                Arguments.of(answer("\"tool_call_id\": \"x\""), "messages[0].tool_call_id", "only a tool's"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"tool\", \"tool_call_id\": \"x\", \"content\": \"a\"}]}",
                        "messages[0].tool_call_id",
                        "no tool call before"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"a\", \"tool_calls\": [1]}]}",
                        "messages[0].tool_calls",
                        "only an assistant's"),
                Arguments.of("{\"messages\": [], \"functions\": []}", "functions", "former API"),
                Arguments.of("{\"messages\": [], \"parallel_tool_calls\": 1}", "parallel_tool_calls", "true or false"),
                Arguments.of("{\"messages\": [1], \"tools\": {}}", "messages[0]", "an object, not a number"),
                Arguments.of("{\"messages\": [], \"input\": {}}", "", "either messages"),
                Arguments.of("{\"input\": 5}", "input", "an object, not a number"),
                Arguments.of("{\"input\": {}}", "input.messages", "a list of at least one"),
                Arguments.of(
                        PAIR.replace("\"preferred_output", "\"other_output"),
                        "preferred_output",
                        "a list of at least one"),
                Arguments.of(
                        PAIR.replace("assistant\", \"content\": \"No", "user\", \"content\": \"No"),
                        "preferred_output",
                        "a message of the assistant"),
                Arguments.of(PAIR.replace("No.", "Yes."), "non_preferred_output", "the same"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\"}], \"tools\": [{}]}",
                        "tools[0].function",
                        "an object, not nothing"),
                Arguments.of(
                        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\"}], \"tools\": [1]}",
                        "tools[0]",
                        "an object"));
    }

    private static String answer(String more) {
        return "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\", " + more + "}]}";
    }

    @ParameterizedTest
    @MethodSource("badLines")
    void aBadLineIsNamedWithItsFieldAndTheReason(String line, String field, String reason) throws Exception {
        FileReport report = check(QUESTION + "\n" + line + "\n" + QUESTION);

        assertThat(report.lines().all()).isEqualTo(3);
        assertThat(report.lines().examples()).isEqualTo(2);
        assertThat(report.lines().bad()).isOne();
        assertThat(report.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.line()).isEqualTo(2);
            assertThat(problem.field()).isEqualTo(field);
            assertThat(problem.reason()).contains(reason);
        });
    }

    @Test
    void bytesThatAreNoUtf8AreNamed() throws Exception {
        byte[] bytes = (QUESTION + "\n{\"text\": \"caf?\"}\n").getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length - 4] = (byte) 0xE9;

        FileReport report = TrainingFile.check(new ByteArrayInputStream(bytes));

        assertThat(report.problems())
                .containsExactly(new LineProblem(2, 14, "", LineProblem.Kind.BROKEN, "the line is not UTF-8"));
    }

    @Test
    void aLineWithoutEndIsReadInBoundedMemory() throws Exception {
        long bytes = 3L << 30;
        InputStream endless = new InputStream() {
            private long left = bytes;

            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] into, int from, int length) {
                int count = (int) Math.min(left, length);
                java.util.Arrays.fill(into, from, from + count, (byte) 'x');
                left -= count;
                return count == 0 ? -1 : count;
            }
        };

        FileReport report = TrainingFile.check(endless);

        assertThat(report.lines().all()).isOne();
        assertThat(report.problems())
                .containsExactly(new LineProblem(1, 1, "", LineProblem.Kind.BROKEN, "the line is longer than 4 MiB"));
    }

    @Test
    void theFirstBadLinesAndHowManyMoreAreTold() throws Exception {
        Path file = file(QUESTION + "\n\n{}\n[]\n{\"text\": 1}\n{}\n5");

        assertThatThrownBy(() -> TrainingFile.read(file, pebble, 64))
                .isInstanceOfSatisfying(Refused.class, refused -> {
                    assertThat(refused.problem().code()).isEqualTo("invalid_training_file");
                    assertThat(refused.problem().field()).isEqualTo("training_file");
                })
                .hasMessageContaining("line 3: a line has either")
                .hasMessageContaining("line 4: a line is one JSON object, not an empty list")
                .hasMessageContaining("line 5, text, column 10: text is a string, not a number")
                .hasMessageContaining("(and 2 more)");
    }

    @Test
    void aFileWithoutExamplesIsRefused() throws Exception {
        assertThat(check("\n\n").problem()).isPresent();
        assertThatThrownBy(() -> TrainingFile.read(file(""), pebble, 64))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("holds no example");
    }

    @Test
    void aThousandBadLinesAreCountedAndAHundredKept() throws Exception {
        FileReport report = check("{}\n".repeat(1000));

        assertThat(report.lines().broken()).isEqualTo(1000);
        assertThat(report.problems()).hasSize(100);
    }

    /** Whatever stands in a file, it is examples or problems; and how its bytes arrive makes no difference. */
    @Test
    void anyBytesGiveAReport() throws Exception {
        Random random = new Random(11);
        byte[] good = (QUESTION + "\n{\"prompt\": \"a\", \"completion\": \"b\"}\r\n{\"text\": \"c\"}\n" + PAIR + "\n"
                        + CALL)
                .getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = good.clone();
            for (int i = random.nextInt(6); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }

            FileReport report = TrainingFile.check(new ByteArrayInputStream(bytes));

            assertThat(TrainingFile.check(trickling(bytes, random))).isEqualTo(report);
            FileReport.LineCounts lines = report.lines();
            assertThat(lines.examples() + lines.preferencePairs() + lines.bad()).isBetween(0, lines.all());
            assertThat(report.problems())
                    .hasSize(lines.bad())
                    .allSatisfy(problem -> assertThat(problem.column()).isPositive());
        }
    }

    @Test
    void whatTheCheckAcceptsCanBeRead() throws Exception {
        Random random = new Random(5);
        List<String> lines = new ArrayList<>();
        String[] words = {"a", " blue", "\\n", "\\u00e9", "\\ud83d\\ude00", "<|im_end|>", " {{ x }}", "  "};
        for (int i = 0; i < 200; i++) {
            String said = words[random.nextInt(words.length)] + words[random.nextInt(words.length)];
            lines.add("{\"messages\": [{\"role\": \"user\", \"content\": \"" + said
                    + "\"}, {\"role\": \"assistant\", \"content\": \"" + said + "\"}]}");
        }
        String text = String.join("\n", lines);

        assertThat(check(text).problem()).isEmpty();
        assertThat(TrainingFile.read(file(text), pebble, 512))
                .hasSize(200)
                .allSatisfy(example -> assertThat(example.trainedTokens()).isPositive());
    }

    @Test
    void aColumnIsWhereTheFieldsValueBegins() throws Exception {
        assertThat(check("{\"messages\": [{\"role\": \"üser\", \"content\": 5}]}")
                        .problems())
                .extracting(LineProblem::column, LineProblem::field)
                .containsExactly(tuple(24, "messages[0].role"));
        assertThat(check("{\"messages\": [{\"é\": 1, \"role\": \"user\", \"content\": 5}]}")
                        .problems())
                .extracting(LineProblem::column, LineProblem::field)
                .containsExactly(tuple(51, "messages[0].content"));
        assertThat(check("{\"messages\": [{\"role\": \"user\"}]}").problems())
                .as("what is missing is missing from its message")
                .extracting(LineProblem::column)
                .containsExactly(15);
        assertThat(check("\ufeff{\"text\": \"é\",}").problems())
                .extracting(LineProblem::column)
                .containsExactly(14);
    }

    @Test
    void preferencePairsAreReadAndCheckedButNotTrainedOn() throws Exception {
        String formerNames = PAIR.replace("preferred_output", "preferred_completion");

        FileReport report = check(PAIR + "\n" + formerNames);

        assertThat(report.lines()).isEqualTo(new FileReport.LineCounts(2, 0, 2, 0, 0, 0));
        assertThat(report.problems()).isEmpty();
        assertThat(report.problem().orElseThrow().message())
                .contains("2 preference pairs")
                .contains("not offered");
        assertThatThrownBy(() -> TrainingFile.read(file(PAIR), pebble, 64)).hasMessageContaining("preference pairs");
    }

    @Test
    void aFileThatTeachesNothingIsNotBroken() throws Exception {
        FileReport nothing = check("""
                {"messages": [{"role": "user", "content": "a"}]}
                {"prompt": "a", "completion": ""}
                """);
        FileReport broken = check("{\"messages\": [");

        assertThat(nothing.isBroken()).isFalse();
        assertThat(nothing.lines().unlearnable()).isEqualTo(2);
        assertThat(nothing.problem()).isPresent();
        assertThat(broken.isBroken()).isTrue();
    }

    @Test
    void tokensAreCountedAsTheyAreTrained() throws Exception {
        String text = QUESTION + "\n" + "{\"text\": \"Some words that go on and on and on.\"}" + "\n" + QUESTION;
        List<Example> whole = TrainingFile.read(file(text), pebble, 1024);
        int limit = whole.get(0).ids().length;

        FileReport report =
                TrainingFile.check(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), pebble, limit - 1);

        int longer = whole.get(1).ids().length;
        assertThat(report.tokens())
                .isEqualTo(new FileReport.TokenCounts(
                        2 * limit + longer,
                        TrainingFile.read(file(text), pebble, limit - 1).stream()
                                .mapToLong(Example::trainedTokens)
                                .sum(),
                        Math.max(limit, longer),
                        longer > limit ? 2 : 1,
                        longer >= limit ? 3 : 2,
                        limit - 1));
        assertThat(report.lines().duplicates()).isOne();
        assertThat(report.warnings())
                .extracting(FileReport.Warning::code)
                .containsExactly("few_examples", "duplicate_examples", "truncated_examples");
    }

    @Test
    void fieldsThatNobodyReadsAreWarnedOf() throws Exception {
        FileReport report = check("{\"text\": \"a\", \"id\": 1}\n".repeat(10));

        assertThat(report.problem()).isEmpty();
        assertThat(report.warnings())
                .extracting(FileReport.Warning::code, FileReport.Warning::lines)
                .containsExactly(tuple("duplicate_examples", 9), tuple("unread_field", 10));
    }

    @Test
    void aUtf16FileIsCalledOne() throws Exception {
        FileReport report = TrainingFile.check(new ByteArrayInputStream(("\ufeff" + QUESTION).getBytes("UTF-16LE")));

        assertThat(report.problems().get(0).reason()).contains("UTF-16");
    }

    @Test
    void bytesAreUtf8WhereJavaSaysSo() throws Exception {
        Random random = new Random(3);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = "\"aé€😀 01234567\"".getBytes(StandardCharsets.UTF_8);
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                bytes[1 + random.nextInt(bytes.length - 2)] = (byte) (0x80 + random.nextInt(128));
            }
            boolean utf8 = !new String(bytes, StandardCharsets.UTF_8).contains("\ufffd");

            FileReport report = TrainingFile.check(new ByteArrayInputStream(bytes));

            assertThat(report.problems().get(0).reason().equals("the line is not UTF-8"))
                    .isNotEqualTo(utf8);
        }
    }

    private static InputStream trickling(byte[] bytes, Random random) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int from, int length) {
                return super.read(into, from, Math.min(length, 1 + random.nextInt(7)));
            }
        };
    }

    private static FileReport check(String text) throws IOException {
        return TrainingFile.check(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("data.jsonl"), text);
    }

    private Example read(Tokenizer tokenizer, String line) throws IOException {
        return TrainingFile.read(file(line), tokenizer, 1024).get(0);
    }

    private Tokenizer withTemplate(String template) throws IOException {
        return Tokenizer.open(Folders.withTemplate(folder, template));
    }

    private Tokenizer withPublished(String name) throws IOException {
        try (InputStream in = getClass().getResourceAsStream("/chat-templates/" + name + ".jinja")) {
            return withTemplate(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** The example's text with brackets around what is learnt. */
    private static String shown(Example example) {
        StringBuilder text = new StringBuilder();
        for (int from = 0; from < example.ids().length; ) {
            int to = from;
            boolean learnt = example.trained()[from];
            while (to < example.ids().length && example.trained()[to] == learnt) {
                to++;
            }
            String part = text(java.util.Arrays.copyOfRange(example.ids(), from, to));
            text.append(learnt ? "[" + part + "]" : part);
            from = to;
        }
        return text.toString();
    }

    private static String text(int[] ids) {
        StringBuilder text = new StringBuilder();
        List<Integer> plain = new ArrayList<>();
        for (int i = 0; i <= ids.length; i++) {
            if (i == ids.length || ids[i] < 3) {
                text.append(
                        pebble.decode(plain.stream().mapToInt(Integer::intValue).toArray()));
                plain.clear();
                text.append(
                        i == ids.length
                                ? ""
                                : List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>")
                                        .get(ids[i]));
            } else {
                plain.add(ids[i]);
            }
        }
        return text.toString();
    }
}
