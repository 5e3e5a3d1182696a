package org.moraine.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.PrecisionProbe;
import org.moraine.engine.model.WeightName;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.safetensors.SafetensorsWriter;
import org.moraine.engine.torchscript.ScriptProgram;

/**
 * What loading a model of about 1 GB needs, each case in a process of its own: resident memory, anonymous and of mapped
 * files, with every weight read once, less what the process held before; and the most it held on the way there.
 */
public final class LoadingMemory {

    private static final String CONFIG = """
            {"model_type": "llama", "vocab_size": 32000, "hidden_size": 2048, "intermediate_size": 5632,
             "num_hidden_layers": %d, "num_attention_heads": 16, "max_position_embeddings": 2048}
            """;
    private static final int LAYERS = 7;
    private static final int LAYERS_OF_WIDE = 2;

    private LoadingMemory() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2) {
            load(ModelFolder.open(Path.of(arguments[0])), Precision.valueOf(arguments[1]));
            return;
        }
        System.out.println("| file | computed in | weights | resident after | most on the way | times the weights |");
        System.out.println("| --- | --- | ---: | ---: | ---: | ---: |");
        for (DType dtype : List.of(DType.BF16, DType.F32)) {
            Path folder = Files.createTempDirectory("loading-memory");
            try {
                write(folder, dtype, dtype == DType.F32 ? LAYERS_OF_WIDE : LAYERS);
                for (Precision precision : List.of(Precision.BF16, Precision.FP32)) {
                    row(folder, dtype, precision);
                }
            } finally {
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(folder);
            }
        }
    }

    private static void write(Path folder, DType dtype, int layers) throws IOException {
        Files.writeString(folder.resolve("config.json"), CONFIG.formatted(layers));
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (WeightName weight : WeightName.all(ModelFolder.open(folder).config())) {
            tensors.add(new SafetensorsWriter.Tensor(weight.name(), dtype, weight.shape(), () -> values(weight)));
        }
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
    }

    private static float[] values(WeightName weight) {
        float[] values = new float[Math.toIntExact(weight.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i % 251 - 125) * 1e-4f;
        }
        return values;
    }

    private static void row(Path folder, DType dtype, Precision precision) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-Dai.djl.offline=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoadingMemory.class.getName(),
                        folder.toString(),
                        precision.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String[] printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip()
                .split(" ");
        if (process.waitFor() != 0 || printed.length != 3) {
            throw new IOException(dtype + " as " + precision + " ended with " + process.exitValue());
        }
        double weights = Long.parseLong(printed[0]) / 1e9;
        double after = Long.parseLong(printed[1]) / 1e9;
        double most = Long.parseLong(printed[2]) / 1e9;
        System.out.println(String.format(
                Locale.ROOT,
                "| %s | %s | %.3f GB | %.3f GB | %.3f GB | %.3f |",
                dtype,
                precision,
                weights,
                after,
                most,
                most / weights));
    }

    private static void load(ModelFolder folder, Precision precision) throws IOException {
        PrecisionProbe.operationsPerSecond(DType.F32); // loads libtorch, which is not the model's
        String touch = """
                  def forward(self: __torch__.Touch, w: Tensor) -> Tensor:
                    s = torch.zeros([], dtype=6)
                    for piece in torch.split(w.view([-1]), 65536):
                      s = s + torch.sum(piece)
                    return s
                """;
        try (ScriptProgram program = ScriptProgram.of("Touch", touch, Device.cpu())) {
            long before = ResidentMemory.now();
            try (BaseModel base = BaseModel.load(folder, precision)) {
                for (NDArray weight : base.weights()) {
                    program.call("forward", weight).close();
                }
                long bytes = folder.config().parameters() * base.dtype().bytes();
                System.out.println(
                        bytes + " " + (ResidentMemory.now() - before) + " " + (ResidentMemory.peak() - before));
            }
        }
    }
}
