package org.moraine.cli;

import java.nio.file.Path;
import java.util.List;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.generation.Generator;
import org.moraine.engine.generation.Sampling;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;

/**
 * What the base model and the adapted one said to the demo's questions.
 *
 * @param asked how many questions both answered before an interruption, if one came
 * @param baseRight how many the base model answered exactly as the training file does
 */
record DemoAnswers(int asked, int baseRight, int adaptedRight) {

    private static final int MOST_TOKENS = 64;
    private static final int TOGETHER = 8;
    private static final int NARROWEST = 60;
    private static final int WIDEST = 160;

    /** One line of {@code --json}. */
    private record Answer(String kind, String question, String right, String base, String adapted) {}

    /**
     * Asks both models every question, prints the answers side by side as they come, and counts the right ones.
     *
     * @param adapter the folder of the pulled version
     */
    static DemoAnswers ask(
            List<DemoTraining.Question> questions,
            ModelFolder base,
            Path adapter,
            Output output,
            boolean json,
            Interruption interruption) {
        int columns = Integer.getInteger("moraine.columns", 100);
        SideBySide table = new SideBySide(3, Math.max(NARROWEST, Math.min(columns, WIDEST)));
        if (!json) {
            table.row(List.of("Question", base.name(), base.name() + " with the adapter"))
                    .forEach(output::result);
            output.result(table.rule());
        }
        int asked = 0;
        int baseRight = 0;
        int adaptedRight = 0;
        try (BaseModel model = BaseModel.load(base, Precision.AUTO);
                Adapter read = Adapter.read(model, adapter);
                Generator plain = new Generator(model, null);
                Generator adapted = new Generator(model, read)) {
            for (int from = 0; from < questions.size() && !interruption.came(); from += TOGETHER) {
                List<DemoTraining.Question> some = questions.subList(from, Math.min(questions.size(), from + TOGETHER));
                List<String> texts =
                        some.stream().map(DemoTraining.Question::text).toList();
                List<String> before = plain.answers(texts, Sampling.greedy(MOST_TOKENS));
                List<String> after = adapted.answers(texts, Sampling.greedy(MOST_TOKENS));
                for (int i = 0; i < some.size(); i++) {
                    Answer answer = new Answer(
                            "answer",
                            texts.get(i),
                            some.get(i).answer(),
                            before.get(i).strip(),
                            after.get(i).strip());
                    asked++;
                    baseRight += answer.base().equals(answer.right()) ? 1 : 0;
                    boolean right = answer.adapted().equals(answer.right());
                    adaptedRight += right ? 1 : 0;
                    if (json) {
                        output.json(answer);
                    } else {
                        table.row(List.of(
                                        answer.question(),
                                        answer.base(),
                                        right ? answer.adapted() : answer.adapted() + " [not right]"))
                                .forEach(output::result);
                    }
                }
            }
        }
        return new DemoAnswers(asked, baseRight, adaptedRight);
    }
}
