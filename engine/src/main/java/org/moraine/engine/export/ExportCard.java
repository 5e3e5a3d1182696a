package org.moraine.engine.export;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.engine.WholeFile;
import org.moraine.engine.export.ExportRecord.Form;

/** The {@code README.md} of an exported folder: what it is, of which base model, and how it is loaded. */
final class ExportCard {

    private ExportCard() {}

    static void write(Path folder, ExportRecord export) {
        WholeFile.write(folder.resolve("README.md"), text(export).getBytes(StandardCharsets.UTF_8));
    }

    private static String text(ExportRecord export) {
        return """
                ---
                base_model: "%s"
                library_name: %s
                pipeline_tag: text-generation
                tags:
                - moraine
                - %s
                ---
                # %s

                %s

                | base model | |
                | --- | --- |
                | name | `%s` |
                | revision | %s |
                | digest of its configuration and weights | `%s` |

                %s
                """.formatted(
                export.base().name().replace("\\", "\\\\").replace("\"", "\\\""),
                export.form() == Form.MERGED ? "transformers" : "peft",
                export.form().name().toLowerCase(Locale.ROOT),
                title(export),
                loading(export),
                export.base().name(),
                export.base().revision() == null ? "none" : "`" + export.base().revision() + "`",
                export.base().digest(),
                exactness(export));
    }

    private static String title(ExportRecord export) {
        String adapter = adapter(export.adapter());
        return switch (export.form()) {
            case NATIVE -> adapter;
            case LORA -> adapter + " as LoRA";
            case MERGED -> adapter + ", merged into its base model";
        };
    }

    private static String adapter(AdapterSettings settings) {
        return switch (settings.method()) {
            case MORA -> "A MoRA adapter of type " + settings.moraType() + " and rank " + settings.rank();
            case COVERING -> "A covering-rotation adapter of rank " + settings.rank();
            case LORA -> "A LoRA adapter of rank " + settings.rank();
            case FULL -> throw new AssertionError("all weights are no adapter");
        };
    }

    private static String loading(ExportRecord export) {
        if (export.form() == Form.MERGED) {
            return "A whole model: `AutoModelForCausalLM.from_pretrained(\".\")`.";
        }
        if (export.form() == Form.NATIVE && export.adapter().method() == Method.MORA) {
            return "The files of the MoRA reference implementation, a fork of PEFT 0.9. Stock PEFT does not know them.";
        }
        if (export.form() == Form.NATIVE && export.adapter().method() == Method.COVERING) {
            return "Moraine's own files, which it alone reads: MoRA's rotation, but of every input (not mora_type 6).";
        }
        return "PEFT's files: `PeftModel.from_pretrained(base, \".\")`"
                + (export.adapter().variation().modulesToSave().isEmpty()
                        ? "; vLLM: `--enable-lora --lora-modules name=.`"
                        : ". vLLM takes no adapter with modules that were trained whole; merge it.");
    }

    private static String exactness(ExportRecord export) {
        ExportRecord.Check check = export.check();
        if (check == null) {
            return "The adapter's own values, 32 bits wide.";
        }
        String compared = String.format(
                Locale.ROOT,
                "On %d random tokens its logits differ from base model and adapter by at most %.1e (the largest logit is"
                        + " %.1f), computed 32 bits wide.",
                check.tokens(),
                check.largestDifference(),
                check.largestLogit());
        if (export.svd() != null) {
            return String.format(
                    Locale.ROOT,
                    "This is an approximation: each projection's change is cut to rank %d, which leaves out %.1f %% of its"
                            + " Frobenius norm (%.1f %% where most). %s",
                    export.svd().rank(),
                    100 * export.svd().relative(),
                    100 * export.svd().worst(),
                    compared);
        }
        return check.rounded() == null
                ? compared
                : compared
                        + String.format(
                                Locale.ROOT,
                                " The weights are written in bfloat16, which moves the logits by up to %.1e.",
                                check.rounded());
    }
}
