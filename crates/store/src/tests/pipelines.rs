use evalstone_core::error::Kind;
use evalstone_core::pipeline::{
    NewPipeline, PipelineChange, PipelineFilter, SlugComparison, SlugCondition,
};
use evalstone_core::text::Slug;
use uuid::Uuid;

use super::{caller, on_both, organization};

fn pipeline(slug: &str, folder: Option<Uuid>) -> NewPipeline {
    NewPipeline { id: None, slug: Slug::parse(slug).expect("a slug"), display_name: None, folder }
}

#[test]
fn slugs_are_unique_in_their_organization() {
    on_both(|store| async move {
        let (acme, other) =
            (organization(&store, "acme").await, organization(&store, "other").await);
        let (me, eve) = (caller(&store, &acme, None).await, caller(&store, &other, None).await);
        let made = store.create_pipeline(&me, pipeline("mails", None)).await.expect("made");
        let again = store.create_pipeline(&me, pipeline("mails", None)).await.expect_err("taken");
        assert_eq!(again.kind(), Kind::Taken);
        store.create_pipeline(&eve, pipeline("mails", None)).await.expect("another organization's");
        assert_eq!(
            store.pipeline_by_slug(&me, "mails").await.expect("a query").as_ref(),
            Some(&made)
        );
        assert_eq!(store.pipeline(&me, made.id).await.expect("a query").as_ref(), Some(&made));
        assert!(store.pipeline(&eve, made.id).await.expect("a query").is_none());
        let change = PipelineChange { archived: Some(true), ..PipelineChange::default() };
        assert!(store.change_pipeline(&eve, made.id, change).await.expect("a query").is_none());
    });
}

#[test]
fn filters_on_slug_and_folder() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let folder = Uuid::new_v4();
        for (slug, folder) in [("mail-in", None), ("mail-out", Some(folder)), ("chat", None)] {
            store.create_pipeline(&me, pipeline(slug, folder)).await.expect("made");
        }
        let find = |filter| {
            let (store, me) = (store.clone(), me.clone());
            async move {
                let found = store.pipelines(&me, filter).await.expect("listed");
                found.into_iter().map(|p| p.slug).collect::<Vec<_>>()
            }
        };
        let slug = |comparison, ignore_case| PipelineFilter {
            slug: vec![SlugCondition { comparison, ignore_case }],
            folder: None,
        };
        use SlugComparison::{Contains, EndsWith, In, Is, NotIn, StartsWith};
        assert_eq!(
            find(PipelineFilter::default()).await,
            ["chat", "mail-out", "mail-in", "default"]
        );
        assert_eq!(find(slug(Is("chat".into()), false)).await, ["chat"]);
        assert_eq!(find(slug(Contains("l-o".into()), false)).await, ["mail-out"]);
        assert_eq!(find(slug(Contains("%".into()), false)).await, [""; 0]);
        assert_eq!(find(slug(StartsWith("mail".into()), false)).await, ["mail-out", "mail-in"]);
        assert_eq!(find(slug(StartsWith("MAIL".into()), false)).await, [""; 0]);
        assert_eq!(find(slug(StartsWith("MAIL".into()), true)).await, ["mail-out", "mail-in"]);
        assert_eq!(find(slug(EndsWith("-in".into()), false)).await, ["mail-in"]);
        assert_eq!(find(slug(In(vec!["chat".into(), "none".into()]), false)).await, ["chat"]);
        assert_eq!(find(slug(In(Vec::new()), false)).await, [""; 0]);
        assert_eq!(
            find(slug(NotIn(vec!["CHAT".into()]), true)).await,
            ["mail-out", "mail-in", "default"]
        );
        let in_folder = PipelineFilter { slug: Vec::new(), folder: Some(Some(folder)) };
        assert_eq!(find(in_folder).await, ["mail-out"]);
        let at_root = PipelineFilter { slug: Vec::new(), folder: Some(None) };
        assert_eq!(find(at_root).await, ["chat", "mail-in", "default"]);
    });
}

#[test]
fn changes_apply_field_by_field() {
    on_both(|store| async move {
        let acme = organization(&store, "acme").await;
        let me = caller(&store, &acme, None).await;
        let made = store
            .create_pipeline(&me, pipeline("mails", Some(Uuid::new_v4())))
            .await
            .expect("made");
        let change = |change| {
            let (store, me) = (store.clone(), me.clone());
            async move {
                store.change_pipeline(&me, made.id, change).await.expect("a query").expect("found")
            }
        };
        assert_eq!(change(PipelineChange::default()).await, made);
        let named = PipelineChange {
            display_name: Some(Some("Mails".into())),
            ..PipelineChange::default()
        };
        let named = change(named).await;
        assert_eq!((named.display_name.as_deref(), named.folder), (Some("Mails"), made.folder));
        assert!(named.updated_at.is_some());
        let archived =
            change(PipelineChange { archived: Some(true), ..PipelineChange::default() }).await;
        assert!(archived.archived_at.is_some());
        let cleared =
            PipelineChange { display_name: Some(None), folder: Some(None), archived: Some(false) };
        let cleared = change(cleared).await;
        assert_eq!((cleared.display_name, cleared.folder, cleared.archived_at), (None, None, None));
    });
}
