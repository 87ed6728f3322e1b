import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiError, post } from '../../api/client';
import type { Session } from '../../api/contract';
import { sessionQuery } from '../../api/queries';
import s from './signin.module.css';

export function SignInPage() {
  const { back } = useSearch({ from: '/sign-in' });
  const router = useRouter();
  const client = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: {
      email: (v) => (v.trim() ? null : 'Enter your e-mail address.'),
      password: (v) => (v ? null : 'Enter your password.'),
    },
  });
  const signIn = useMutation({
    mutationFn: (values: { email: string; password: string }) => post<Session>('/session', { ...values, email: values.email.trim() }),
    onSuccess: async (session) => {
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
      router.history.replace(back ?? '/');
    },
    onError: (error) => {
      if (error instanceof ApiError && error.problem.code === 'setup_required') void router.navigate({ to: '/setup' });
    },
  });
  useEffect(() => {
    document.title = 'Sign in · Kept';
  }, []);
  const wrong = signIn.error instanceof ApiError && signIn.error.status === 401;
  return (
    <main className={s.page}>
      <div className={s.box}>
        <div className={s.brand}>
          <img src="/icon.svg" alt="" /> Kept
        </div>
        <form className={s.form} onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
          <h1 className={s.title}>Sign in</h1>
          {signIn.error && (
            <div className={s.note} role="alert">
              {wrong ? 'The e-mail address or the password is wrong.' : signIn.error.message}
            </div>
          )}
          <TextInput size="sm" label="E-mail" type="email" autoComplete="username" autoFocus key={form.key('email')} {...form.getInputProps('email')} />
          <PasswordInput size="sm" label="Password" autoComplete="current-password" key={form.key('password')} {...form.getInputProps('password')} />
          <Button type="submit" size="sm" loading={signIn.isPending} mt={4}>
            Sign in
          </Button>
        </form>
        <p className={s.foot}>Forgotten your password? An admin can set a new one under Data, Users.</p>
      </div>
    </main>
  );
}
