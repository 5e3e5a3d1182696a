package org.moraine.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.moraine.benchmarks.TrainingRun.Measured;
import org.moraine.contracts.TrainingSettings.Layers;

/** The same work by stock transformers and PEFT, in a Python that has both. */
record PeftRun(String python) {

    private static final Path PROGRAM = Path.of("benchmarks", "src", "main", "python", "peft_training.py");

    /** Runs {@code peft_training.py}; examples of a mix of lengths are padded to the longest of their batch. */
    Measured measure(Path folder, TrainingRun.Work work) throws IOException, InterruptedException {
        String layers = work.mixed() ? "padded" : work.layers() == Layers.RECOMPUTED ? "recomputed" : "kept";
        Process process = new ProcessBuilder(
                        python,
                        PROGRAM.toString(),
                        folder.toString(),
                        Integer.toString(work.examples()),
                        Integer.toString(work.tokens()),
                        work.precision().name().toLowerCase(Locale.ROOT),
                        layers,
                        Integer.toString(work.steps()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return Measured.of(process, "peft " + work);
    }
}
