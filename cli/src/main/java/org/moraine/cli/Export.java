package org.moraine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.engine.export.AdapterExport;
import org.moraine.engine.export.ExportRecord;
import org.moraine.engine.export.ExportRecord.Form;
import org.moraine.engine.safetensors.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Turns an adapter into files that other programs load. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Turns an adapter into files that other programs load.",
            "",
            "  lora     PEFT's LoRA files, one rank for every layer: for `peft` and for vLLM. Exact for LoRA and for"
                    + " MoRA of types 1 to 4; type 6 (rotation) is no LoRA, and is cut to --svd-rank, with the error said.",
            "  merged   a whole model that needs no adapter any more: for `transformers` and what reads its folders.",
            "           Exact for every method.",
            "  native   the adapter's own files; MoRA's are read by Moraine and by the reference implementation.",
            "",
            "The logits of what is written are held against base model and adapter first; where they differ by more than"
                    + " rounding, nothing is written. The folder also gets the tokenizer, the chat template, a card"
                    + " (README.md) and export.json, which name the base model by its digest.",
            ""
        },
        footer = {
            "",
            "A merged model needs memory for the base model's weights twice, 4 bytes each.",
            "Exit code: 0 done, 1 failed, 2 wrong options.",
            "",
            "Examples:",
            "  ./moraine export --base pebble --adapter my-adapter --as lora --out my-lora",
            "  ./moraine export --base pebble --adapter my-adapter --as merged --out my-model --max-shard-size 2GB"
        })
final class Export implements Callable<Integer> {

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final ModelOption model = new ModelOption();

    @Option(
            names = "--adapter",
            required = true,
            paramLabel = "DIR",
            description = "The adapter's folder, as train writes it or as a version is pulled.")
    private Path adapter = Path.of("");

    @Option(
            names = "--as",
            required = true,
            paramLabel = "lora|merged|native",
            converter = Words.OfForm.class,
            description = "What is made.")
    private Form form = Form.NATIVE;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The folder that is made.")
    private Path out = Path.of("");

    @Option(
            names = "--dtype",
            paramLabel = "fp32|bf16",
            description = "The type of a merged model's weights. Default: what the base model declares.")
    private @Nullable String dtype;

    @Option(
            names = "--max-shard-size",
            paramLabel = "SIZE",
            defaultValue = "5GB",
            description = "The most bytes of weights in one file of a merged model, such as 500MB or 2GB."
                    + " Default: ${DEFAULT-VALUE}.")
    private String shardSize = "5GB";

    @Option(
            names = "--svd-rank",
            paramLabel = "N",
            description = "The rank to which MoRA of type 6 is cut for --as lora.")
    private @Nullable Integer svdRank;

    @Option(names = "--json", description = "Prints what was written as a JSON object, as export.json has it.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (!Files.isDirectory(adapter)) {
            throw Refused.invalid("--adapter", adapter + " is no folder");
        }
        if (Files.exists(adapter.resolve("config.json")) && !Files.exists(adapter.resolve("adapter_config.json"))) {
            throw Refused.invalid("--adapter", adapter + " holds a whole model, which needs no export");
        }
        OutFolder.requireFree(out);
        AdapterExport.Request request = new AdapterExport.Request(form, svdRank, dtype(), bytes(shardSize));
        Output output = Output.of(spec);
        ExportRecord written = new AdapterExport(model.find(), adapter).write(out, request);
        if (json) {
            output.json(written);
        } else {
            said(output, written);
        }
        return 0;
    }

    private @Nullable DType dtype() {
        if (dtype == null) {
            return null;
        }
        return switch (dtype) {
            case "fp32" -> DType.F32;
            case "bf16" -> DType.BF16;
            default -> throw Refused.invalid("--dtype", "--dtype is fp32 or bf16, not '" + dtype + "'");
        };
    }

    /** Units of powers of 1000, or of 1024 with an i, as transformers reads them. */
    private enum Unit {
        TIB(1L << 40),
        GIB(1L << 30),
        MIB(1L << 20),
        KIB(1L << 10),
        TB(1_000_000_000_000L),
        GB(1_000_000_000L),
        MB(1_000_000L),
        KB(1_000L);

        private final long bytes;

        Unit(long bytes) {
            this.bytes = bytes;
        }
    }

    static long bytes(String size) {
        String text = size.strip().toUpperCase(Locale.ROOT);
        Unit unit = Arrays.stream(Unit.values())
                .filter(candidate -> text.endsWith(candidate.name()))
                .findFirst()
                .orElse(null);
        String number = unit == null
                ? text
                : text.substring(0, text.length() - unit.name().length());
        if (!number.strip().matches("[0-9]{1,6}") && !(unit == null && number.matches("[0-9]{1,15}"))) {
            throw Refused.invalid(
                    "--max-shard-size",
                    "'" + size + "' is no size; write a whole number and one of "
                            + Arrays.stream(Unit.values()).map(Unit::name).collect(Collectors.joining(", ")));
        }
        return Long.parseLong(number.strip()) * (unit == null ? 1 : unit.bytes);
    }

    private void said(Output output, ExportRecord written) {
        output.progress("Wrote " + out + ", of " + written.base().name() + " (digest "
                + written.base().digest().hex().substring(0, 12) + ")");
        ExportRecord.Check check = written.check();
        if (check != null) {
            output.progress(String.format(
                    Locale.ROOT,
                    "Its logits differ from base model and adapter by at most %.1e; the largest logit is %.1f",
                    check.largestDifference(),
                    check.largestLogit()));
            if (check.rounded() != null) {
                output.progress(String.format(
                        Locale.ROOT, "Weights in bfloat16 move the logits by up to %.1e", check.rounded()));
            }
        }
        if (written.svd() != null) {
            output.progress(String.format(
                    Locale.ROOT,
                    "Cut to rank %d: %.1f %% of the change's norm is left out, %.1f %% where most",
                    written.svd().rank(),
                    100 * written.svd().relative(),
                    100 * written.svd().worst()));
        }
    }
}
