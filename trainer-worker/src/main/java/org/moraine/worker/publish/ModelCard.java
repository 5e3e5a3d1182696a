package org.moraine.worker.publish;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Method;
import org.moraine.engine.export.AdapterExport;
import org.moraine.engine.export.BaseIdentity;
import org.moraine.engine.export.ExportRecord;
import org.moraine.engine.export.SvdError;

/** The {@code README.md} of a version: YAML for the Hub's clients, then what people want to know first. */
final class ModelCard {

    private ModelCard() {}

    /**
     * Writes the card's text.
     *
     * @param export what the version's files are, and of which base model
     * @param settings what made the version, as it stands in the publication
     */
    static String of(JobSpec spec, AdapterExport.Version export, Map<String, Object> settings) {
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

                %s

                The base model's digest is `%s`%s; `export.json` has its files'.

                | setting | value |
                | --- | --- |
                %s
                """.formatted(
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
                        settings.entrySet().stream()
                                .map(setting -> "| " + setting.getKey() + " | " + setting.getValue() + " |")
                                .collect(Collectors.joining("\n")));
    }

    private static String loading(JobSpec spec, AdapterExport.Version export) {
        if (spec.adapterSettings().method() == Method.FULL) {
            return "It is a whole model: `AutoModelForCausalLM.from_pretrained(\"" + spec.adapter() + "\")`.";
        }
        if (export.cut() != null && export.cut().svd() != null) {
            return cut(spec, export.cut().svd()) + whole(spec) + "\n\n"
                    + peft(spec, ", subfolder=\"" + AdapterExport.CUT + "\"");
        }
        String files = export.root().form() == ExportRecord.Form.LORA
                ? "The files here are the adapter as LoRA of one rank, exactly, for " + readers(spec)
                        + "; `mora/` holds the MoRA files."
                : "The files here are PEFT's, for " + readers(spec) + ".";
        return files + whole(spec) + "\n\n" + peft(spec, "");
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
