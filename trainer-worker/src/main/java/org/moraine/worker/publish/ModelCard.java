package org.moraine.worker.publish;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.moraine.contracts.JobSpec;
import org.moraine.contracts.Method;
import org.moraine.engine.export.ExportRecord;

/** The {@code README.md} of a version: YAML for the Hub's clients, then what people want to know first. */
final class ModelCard {

    private ModelCard() {}

    /**
     * Writes the card's text.
     *
     * @param export what the version's files are, and of which base model
     * @param settings what made the version, as it stands in the publication
     */
    static String of(JobSpec spec, ExportRecord export, Map<String, Object> settings) {
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

                %s, trained by Moraine job `%s`. Every setting and every step stand in `training.json`.

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
                        spec.job(),
                        loading(spec, export),
                        export.base().digest(),
                        export.base().revision() == null
                                ? ""
                                : ", its revision `" + export.base().revision() + "`",
                        settings.entrySet().stream()
                                .map(setting -> "| " + setting.getKey() + " | " + setting.getValue() + " |")
                                .collect(Collectors.joining("\n")));
    }

    private static String loading(JobSpec spec, ExportRecord export) {
        if (spec.adapterSettings().method() == Method.FULL) {
            return "It is a whole model: `AutoModelForCausalLM.from_pretrained(\"" + spec.adapter() + "\")`.";
        }
        if (spec.adapterSettings().method() == Method.MORA && export.form() == ExportRecord.Form.NATIVE) {
            return "The files are those of the MoRA reference implementation, which stock PEFT does not read. `./moraine"
                    + " export` merges them into a whole model.";
        }
        if (spec.adapterSettings().method() == Method.COVERING) {
            return "The files are Moraine's own, which stock PEFT does not read. `./moraine export` merges them into a whole"
                    + " model.";
        }
        String peft = """
                ```python
                base = AutoModelForCausalLM.from_pretrained("%s")
                model = PeftModel.from_pretrained(base, "%s")
                ```""".formatted(spec.baseModel(), spec.adapter());
        return export.form() == ExportRecord.Form.LORA
                ? "The files here are the adapter as LoRA of one rank, exactly, for `peft` and vLLM; `mora/` holds the"
                        + " MoRA files.\n\n" + peft
                : peft;
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
