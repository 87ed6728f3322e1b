import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiError, post } from '../../api/client';
import type { Session } from '../../api/contract';
import { sessionQuery } from '../../api/queries';
import s from './signin.module.css';

/** The first admin of a fresh installation; the code is printed by the server. */
export function SetupPage() {
  const router = useRouter();
  const client = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { code: new URLSearchParams(window.location.search).get('code') ?? '', name: '', email: '', password: '' },
    validate: {
      code: (v) => (v.trim() ? null : 'Enter the code that the server printed when it started.'),
      name: (v) => (v.trim() ? null : 'Enter your name.'),
      email: (v) => (/^\S+@\S+$/.test(v.trim()) ? null : 'Enter an e-mail address.'),
      password: (v) => (v.length >= 10 ? null : 'Use at least 10 characters.'),
    },
  });
  const create = useMutation({
    mutationFn: (v: typeof form.values) =>
      post<Session>('/setup', { code: v.code.trim(), name: v.name.trim(), email: v.email.trim(), password: v.password }),
    onSuccess: (session) => {
      client.clear();
      if (session?.user) client.setQueryData(sessionQuery.queryKey, session);
      router.history.replace('/');
    },
    onError: (error) => {
      if (!(error instanceof ApiError)) return;
      for (const e of error.problem.errors ?? []) {
        const field = e.location?.split('.').pop();
        if (field && field in form.getValues()) form.setFieldError(field, e.message);
      }
    },
  });
  useEffect(() => {
    document.title = 'Set up · Kept';
  }, []);
  return (
    <main className={s.page}>
      <div className={s.box}>
        <div className={s.brand}>
          <img src="/icon.svg" alt="" /> Kept
        </div>
        <form className={s.form} onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
          <h1 className={s.title}>Welcome. Make the first admin</h1>
          <p className={s.lead}>Nobody has an account here yet. The set-up code stands in the output of the server.</p>
          {create.error && (
            <div className={s.note} role="alert">
              {create.error.message}
            </div>
          )}
          <TextInput size="sm" label="Set-up code" autoComplete="off" key={form.key('code')} {...form.getInputProps('code')} />
          <TextInput size="sm" label="Your name" autoComplete="name" key={form.key('name')} {...form.getInputProps('name')} />
          <TextInput size="sm" label="E-mail" type="email" autoComplete="username" key={form.key('email')} {...form.getInputProps('email')} />
          <PasswordInput size="sm" label="Password" description="At least 10 characters" autoComplete="new-password" key={form.key('password')} {...form.getInputProps('password')} />
          <Button type="submit" size="sm" loading={create.isPending} mt={4}>
            Create the admin and sign in
          </Button>
        </form>
        <p className={s.foot}>
          Somebody has set it up already? <Link to="/sign-in" style={{ textDecoration: 'underline' }}>Sign in</Link>
        </p>
      </div>
    </main>
  );
}
