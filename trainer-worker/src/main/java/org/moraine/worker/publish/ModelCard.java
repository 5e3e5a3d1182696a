package org.moraine.worker.publish;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Method;
import org.moraine.engine.export.AdapterExport;
import org.moraine.engine.export.BaseIdentity;
import org.moraine.engine.export.ExportRecord;
import org.moraine.engine.export.SvdError;

/** The {@code README.md} of a version: YAML for the Hub's clients, then what people want to know first. */
final class ModelCard {

    /** The picture's path in a version. */
    static final String PICTURE = "loss.png";

    private ModelCard() {}

    /**
     * Writes the card's text.
     *
     * @param export what the version's files are, and of which base model
     * @param settings what made the version, as it stands in the publication
     * @param drawn whether the losses are drawn in {@link #PICTURE}
     */
    static String of(JobSpec spec, AdapterExport.Version export, Map<String, Object> settings, boolean drawn) {
        BaseIdentity identity = export.root().base();
        Method method = spec.adapterSettings().method();
        String base = quoted(spec.baseModel());
        List<String> tags = method == Method.FULL
                ? List.of("moraine", "full")
                : List.of("moraine", method.word(), quoted("base_model:adapter:" + spec.baseModel()));
        return """
                ---
                base_model: %s
                library_name: %s
                pipeline_tag: text-generation
                tags:
                %s
                ---
                # %s

                %s, trained%s by Moraine job `%s`. Every setting and every step stand in `training.json`.

                ## How to load it

                %s

                ## How it was made

                The base model's digest is `%s`%s; `export.json` has its files'. The training file's SHA-256 is `%s`%s.

                | setting | value |
                | --- | --- |
                %s
                %s""".formatted(
                base,
                method == Method.FULL ? "transformers" : "peft",
                tags.stream().map(tag -> "- " + tag).collect(Collectors.joining("\n")),
                spec.adapter(),
                what(spec),
                spec.earlier() == null ? "" : " further from `" + spec.earlier() + "`",
                spec.job(),
                loading(spec, export),
                identity.digest(),
                identity.revision() == null ? "" : ", its revision `" + identity.revision() + "`",
                spec.trainingFile().digest(),
                spec.validationFile() == null
                        ? ""
                        : ", the validation file's `" + spec.validationFile().digest() + "`",
                settings.entrySet().stream()
                        .map(setting -> "| " + setting.getKey() + " | " + setting.getValue() + " |")
                        .collect(Collectors.joining("\n")),
                drawn ? picture(settings.containsKey("valid_loss")) : "");
    }

    private static String picture(boolean measured) {
        return """

                ## Loss

                ![The loss of each step](%s)

                Mean loss of a token (upward, in nats) over the steps%s.
                """.formatted(PICTURE, measured ? "; in orange on examples that were not learnt" : "");
    }

    private static String loading(JobSpec spec, AdapterExport.Version export) {
        if (spec.adapterSettings().method() == Method.FULL) {
            return "It is a whole model: `AutoModelForCausalLM.from_pretrained(\"" + spec.adapter() + "\")`.\n\n"
                    + commands(spec, "vllm serve " + spec.adapter(), "--base model");
        }
        if (export.cut() != null && export.cut().svd() != null) {
            return cut(spec, export.cut().svd()) + whole(spec) + "\n\n"
                    + peft(spec, ", subfolder=\"" + AdapterExport.CUT + "\"") + "\n\n" + ofAdapter(spec, false);
        }
        String files = export.root().form() == ExportRecord.Form.LORA
                ? "The files here are the adapter as LoRA of one rank, exactly, for " + readers(spec)
                        + "; `mora/` holds the MoRA files."
                : "The files here are PEFT's, for " + readers(spec) + ".";
        return files + whole(spec) + "\n\n" + peft(spec, "") + "\n\n" + ofAdapter(spec, true);
    }

    private static String ofAdapter(JobSpec spec, boolean isLora) {
        boolean served =
                isLora && spec.adapterSettings().variation().modulesToSave().isEmpty();
        String serve = "vllm serve " + spec.baseModel() + " --enable-lora --lora-modules "
                + spec.adapter().adapter() + "=" + spec.adapter();
        return commands(spec, served ? serve : null, "--base " + spec.baseModel() + " --adapter model");
    }

    /**
     * What is typed to use the version, with the registry as {@code HF_ENDPOINT}.
     *
     * @param serve vLLM's command, null where it does not take the version
     * @param model what Moraine's command line is told
     */
    private static String commands(JobSpec spec, @Nullable String serve, String model) {
        return """
                ```sh
                hf download %s --local-dir model
                ./moraine generate %s --prompt "..."
                %s```""".formatted(spec.adapter(), model, serve == null ? "" : serve + "\n");
    }

    private static String readers(JobSpec spec) {
        return spec.adapterSettings().variation().modulesToSave().isEmpty() ? "`peft` and vLLM" : "`peft`";
    }

    private static String whole(JobSpec spec) {
        List<String> whole = spec.adapterSettings().variation().modulesToSave();
        return whole.isEmpty()
                ? ""
                : " They hold modules that were trained whole beside it (`" + String.join("`, `", whole)
                        + "`). vLLM takes no adapter with such modules; `./moraine export --as merged` makes a whole model.";
    }

    private static String cut(JobSpec spec, SvdError svd) {
        return String.format(
                Locale.ROOT,
                "The files here are %s, which stock PEFT does not read; `./moraine export` merges them into a whole model,"
                        + " exactly. `%s/` holds an approximation for %s: each projection's change is cut to"
                        + " rank %d, which leaves out %.1f %% of its Frobenius norm (%.1f %% where most).",
                spec.adapterSettings().method() == Method.COVERING
                        ? "Moraine's own"
                        : "those of the MoRA reference implementation",
                AdapterExport.CUT,
                readers(spec),
                svd.rank(),
                100 * svd.relative(),
                100 * svd.worst());
    }

    private static String peft(JobSpec spec, String where) {
        return """
                ```python
                base = AutoModelForCausalLM.from_pretrained("%s")
                model = PeftModel.from_pretrained(base, "%s"%s)
                ```""".formatted(spec.baseModel(), spec.adapter(), where);
    }

    private static String what(JobSpec spec) {
        String base = "`" + spec.baseModel() + "`";
        return switch (spec.adapterSettings().method()) {
            case MORA -> "A MoRA adapter of type " + spec.adapterSettings().moraType() + " for " + base;
            case COVERING -> "A covering-rotation adapter for " + base;
            case LORA -> "A LoRA adapter for " + base;
            case FULL -> "All weights of " + base + ", fine-tuned";
        };
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
